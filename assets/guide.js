// Help: definitions of words in place, and the panel with all of them and with where to start. Nothing asks the server.
(function () {
  "use strict";

  var ANCHOR = "#glossary-";
  var linkOf = function (node) { return node && node.closest && node.closest("a[href^='" + ANCHOR + "']"); };
  var keyOf = function (link) { return link.getAttribute("href").slice(ANCHOR.length); };
  var panel = function () { return document.getElementById("shell-glossary"); };

  function make(tag, props, children) {
    var made = Object.assign(document.createElement(tag), props);
    (children || []).forEach(function (child) { made.append(child); });
    return made;
  }

  function entries() {
    var dialog = panel();
    return dialog ? JSON.parse(dialog.dataset.terms) : [];
  }

  // The panel -----------------------------------------------------------------------------------

  function fill(dialog) {
    if (dialog.firstChild) { return; }
    var close = make("button", { type: "button", className: "btn-close" });
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", function () { dialog.close(); });
    var filter = make("input", { type: "search", className: "form-control", placeholder: "Find a word", autocomplete: "off" });
    filter.setAttribute("aria-label", "Find a word");
    var none = make("p", { className: "lw-help", hidden: true, textContent: "No word like this. Try a shorter one." });
    none.setAttribute("role", "status");
    var items = entries().map(item), start = questions(dialog);
    filter.addEventListener("input", function () {
      var asked = filter.value.trim().toLowerCase(), left = 0;
      items.forEach(function (each) {
        each.hidden = each.dataset.text.indexOf(asked) < 0;
        left += each.hidden ? 0 : 1;
      });
      start.hidden = asked !== "";
      none.hidden = left > 0;
    });
    var list = make("div", { className: "lw-glossary__list", tabIndex: 0 },
      [start, make("h3", { textContent: "Glossary" }), none].concat(items));
    list.setAttribute("role", "region");
    list.setAttribute("aria-label", "Questions and words");
    dialog.append(
      make("div", { className: "lw-glossary__head" }, [make("h2", { textContent: "Help" }), close, filter]), list
    );
    // A click beside the panel closes it; keys pressed in it are nobody else's.
    dialog.addEventListener("click", function (event) { if (event.target === dialog) { dialog.close(); } });
    dialog.addEventListener("keydown", function (event) { event.stopPropagation(); });
    // An address that still named a word would open the panel again when the page is loaded again.
    dialog.addEventListener("close", function () {
      if (named()) { history.replaceState(history.state, "", location.pathname + location.search); }
    });
  }

  function questions(dialog) {
    var rows = JSON.parse(dialog.dataset.questions).map(function (each) {
      var mark = make("i", { className: "bi bi-" + each.icon });
      mark.setAttribute("aria-hidden", "true");
      return make("li", {}, [make("span", { className: "lw-question__mark" }, [mark]), pageLink(each.href, each.text)]);
    });
    return make("div", {}, [
      make("h3", { textContent: "Three questions to start with" }), make("ol", { className: "lw-glossary__start" }, rows)
    ]);
  }

  function pageLink(page, words) {
    var made = make("a", { textContent: words });
    made.dataset.page = page;
    return made;
  }

  // Pages are opened on the analysis that is looked at now.
  function lead(dialog) {
    var chosen = new URLSearchParams(location.search).get("analysis");
    dialog.querySelectorAll("[data-page]").forEach(function (link) {
      link.href = link.dataset.page + (chosen ? "?" + new URLSearchParams({ analysis: chosen }) : "");
    });
  }

  function item(entry) {
    var links = entry.seen.map(function (page) { return pageLink(page[0], page[1]); });
    var see = entry.see.map(function (other) { return make("a", { href: ANCHOR + other[0], textContent: other[1] }); });
    var made = make("section", { id: "glossary-" + entry.key, tabIndex: -1 }, [
      make("h4", { textContent: entry.word }), make("p", { textContent: entry.text }),
      row("Seen on ", links), see.length ? row("See also ", see) : ""
    ]);
    made.dataset.text = [entry.word, entry.says, entry.text].join(" ").toLowerCase();
    return made;
  }

  function row(words, links) {
    var made = make("p", { className: "lw-help" }, [words]);
    links.forEach(function (link, place) { made.append(place ? ", " : "", link); });
    return made;
  }

  function open(key) {
    var dialog = panel(), asked = null;
    if (!dialog) { return; }
    hide();
    fill(dialog);
    lead(dialog);
    if (!dialog.open) {
      dialog.showModal();
      reset(dialog);
    }
    dialog.querySelectorAll(".is-asked").forEach(function (each) { each.classList.remove("is-asked"); });
    asked = key && document.getElementById("glossary-" + key);
    if (asked) {
      reset(dialog);
      asked.classList.add("is-asked");
      asked.scrollIntoView({ block: "start" });
      asked.focus({ preventScroll: true });
    } else {
      dialog.querySelector("input").focus();
    }
  }

  function reset(dialog) {
    var filter = dialog.querySelector("input");
    filter.value = "";
    filter.dispatchEvent(new Event("input"));
  }

  // Before React and before the jumps of the page: a link within a label or a tab must do nothing else.
  document.addEventListener("click", function (event) {
    var link = linkOf(event.target);
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      event.stopPropagation();
      open(keyOf(link));
    } else if (event.target.closest && event.target.closest("#shell-help")) {
      open("");
    }
  }, true);

  // The definition in place ---------------------------------------------------------------------

  var bubble = null, shown = null, timer = 0;

  function show(link) {
    var entry = entries().find(function (each) { return each.key === keyOf(link); });
    if (!entry || shown === link || link.closest("#shell-glossary")) { return; }
    hide();
    if (!bubble) {
      bubble = make("div", { id: "glossary-bubble", className: "lw-bubble" });
      bubble.setAttribute("role", "tooltip");
      bubble.addEventListener("mouseenter", function () { clearTimeout(timer); });
      bubble.addEventListener("mouseleave", hideSoon);
    }
    // Beside a modal's other content where the word is in one, else over everything.
    (link.closest("dialog") || document.body).append(bubble);
    bubble.textContent = entry.text;
    shown = link;
    link.setAttribute("aria-describedby", bubble.id);
    place(link.getBoundingClientRect());
  }

  function place(at) {
    var gap = 8, width = bubble.offsetWidth, height = bubble.offsetHeight;
    var left = Math.max(gap, Math.min(at.left, document.documentElement.clientWidth - width - gap));
    var above = at.top - height - gap;
    bubble.style.left = left + "px";
    bubble.style.top = (above > gap ? above : at.bottom + gap) + "px";
  }

  function hide() {
    clearTimeout(timer);
    if (!shown) { return; }
    shown.removeAttribute("aria-describedby");
    shown = null;
    bubble.remove();
  }
  function hideSoon() { clearTimeout(timer); timer = setTimeout(hide, 150); }

  document.addEventListener("mouseover", function (event) {
    var link = linkOf(event.target);
    if (link) { clearTimeout(timer); timer = setTimeout(function () { show(link); }, 120); }
  });
  document.addEventListener("mouseout", function (event) { if (linkOf(event.target)) { hideSoon(); } });
  document.addEventListener("focusin", function (event) {
    var link = linkOf(event.target);
    if (link && link.matches(":focus-visible")) { show(link); } else { hide(); }
  });
  document.addEventListener("focusout", function (event) { if (linkOf(event.target)) { hide(); } });
  document.addEventListener("scroll", hide, true);
  document.addEventListener("keydown", function (event) {
    var link = linkOf(event.target);
    if (event.key === "Escape" && shown) { hide(); event.stopPropagation(); }
    // A button opens at the space bar too.
    if (event.key === " " && link) { event.preventDefault(); link.click(); }
  }, true);

  // An address that names a word opens the panel there.
  function named() { return location.hash.indexOf(ANCHOR) === 0 ? location.hash.slice(ANCHOR.length) : ""; }
  window.addEventListener("hashchange", function () { if (named()) { open(named()); } });
  if (named()) {
    var watch = new MutationObserver(function () {
      if (panel()) { watch.disconnect(); open(named()); }
    });
    watch.observe(document.body, { childList: true, subtree: true });
  }

  // The first questions stay away once they were put away (assets/theme.js reads it before the first paint).
  document.addEventListener("click", function (event) {
    if (!event.target.closest || !event.target.closest("[data-first-steps]")) { return; }
    document.documentElement.setAttribute("data-first-steps-done", "");
    try { localStorage.setItem("lapwing-first-steps", "done"); } catch (error) { /* storage may be closed */ }
    var main = document.getElementById("content");
    if (main) { main.focus({ preventScroll: true }); }
  });
})();
