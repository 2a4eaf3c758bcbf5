// Small scripts of the pages: everything that must answer faster than a round trip to the server.
(function () {
  "use strict";

  var root = document.documentElement;
  var set = function (id, props) { window.dash_clientside.set_props(id, props); };
  var byId = function (id) { return document.getElementById(id); };
  var none = function () { return window.dash_clientside.no_update; };

  // One question to the server at a time while a slider is dragged: the newest waits, those between are dropped.
  var gate = { busy: false, next: null, timer: 0 };

  function ask(params) {
    if (gate.busy) { gate.next = params; return; }
    gate.busy = true;
    gate.timer = setTimeout(release, 3000);
    set("propensity-filter", { data: params });
  }

  // While the hand moves a slider a lighter chart is asked for, and the full one when it rests.
  var lastInput = 0, restTimer = 0;
  function askInMotion(params) {
    clearTimeout(restTimer);
    if (performance.now() - lastInput > 300) { ask(params); return; }
    ask(Object.assign({ moving: "1" }, params));
    restTimer = setTimeout(function () { ask(params); }, 300);
  }

  function release() {
    clearTimeout(gate.timer);
    gate.busy = false;
    if (gate.next) { var next = gate.next; gate.next = null; ask(next); }
  }

  // Of what scrolls inside the page: `item` in its middle, the page where it is.
  function centre(row, item) {
    var outer = row.getBoundingClientRect(), inner = item.getBoundingClientRect();
    row.scrollLeft += inner.left - outer.left - (row.clientWidth - inner.width) / 2;
    row.scrollTop += inner.top - outer.top - (row.clientHeight - inner.height) / 2;
  }

  // Tabs or data sets that have less room than they need show the open one, once, as soon as they are seen.
  var sights = new ResizeObserver(function (entries) {
    entries.forEach(function (entry) {
      var row = entry.target, item = row.querySelector("[aria-selected=true], [aria-current=true]");
      if (!item || !row.clientWidth) { return; }
      sights.unobserve(row);
      var outer = row.getBoundingClientRect(), inner = item.getBoundingClientRect();
      var inside = inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top && inner.bottom <= outer.bottom;
      if (!inside) { centre(row, item); }
    });
  });
  function watchRows() {
    document.querySelectorAll(".lw-tabs-row:not([data-watched]), .data-list:not([data-watched])").forEach(function (row) {
      row.dataset.watched = "";
      sights.observe(row);
    });
  }

  // Numbers as the server writes them: figures/words.py in the locale that the page names.
  function number(value, places, most) {
    return Number(value).toLocaleString(root.dataset.locale || "en-US", {
      minimumFractionDigits: places, maximumFractionDigits: most || places, useGrouping: "always", numberingSystem: "latn"
    });
  }
  window.lapwingNumber = number;

  function money(value, sides) {
    var whole = Math.abs(value) >= 100 || Math.round(value) === value;
    return sides[0] + number(value, whole ? 0 : 2) + sides[1];
  }

  function fillTrack(input) {
    if (!input) { return; }
    var low = Number(input.min || 0), high = Number(input.max || 1);
    input.style.setProperty("--at", (100 * (input.value - low) / (high - low || 1)) + "%");
  }

  // The address always names what is on screen; the page's own entry in the navigation comes back to it.
  function address(params) {
    var query = new URLSearchParams(params).toString();
    history.replaceState(history.state, "", location.pathname + (query ? "?" + query : ""));
    if (byId("shell-nav-propensity") && location.pathname === "/propensity") {
      set("shell-nav-propensity", { href: "/propensity?" + query });
    }
  }

  var view = { key: null, timer: 0, x: null, y: null };
  var tableTimer = 0, takenOff = false;

  // A server that does not answer: say so instead of showing old numbers as if they were new, and begin
  // again from the address once it is back.
  var offline = null;
  function lost() {
    if (offline) { return; }
    offline = document.createElement("div");
    offline.className = "lw-offline";
    offline.setAttribute("role", "alert");
    offline.textContent = "Lapwing does not answer. What you see may be out of date; the page reloads when it is back.";
    document.body.appendChild(offline);
    var timer = setInterval(function () {
      plainFetch("/health", { cache: "no-store" }).then(function (answer) {
        if (answer.ok) { clearInterval(timer); location.reload(); }
      }, function () { /* still away */ });
    }, 2000);
  }
  var plainFetch = window.fetch.bind(window), leaving = false;
  window.addEventListener("beforeunload", function () { leaving = true; });
  window.fetch = function (resource) {
    return plainFetch.apply(null, arguments).catch(function (error) {
      var address = String((resource && resource.url) || resource);
      if (!leaving && error.name !== "AbortError" && address.indexOf("_dash-update-component") >= 0) { lost(); }
      throw error;
    });
  };

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    lapwing: {
      theme: function (clicks) {
        if (clicks) {
          var next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
          root.setAttribute("data-bs-theme", next);
          try { localStorage.setItem("lapwing-theme", next); } catch (error) { /* storage may be closed */ }
        }
        return root.getAttribute("data-bs-theme");
      },

      toggle: function () {
        var context = window.dash_clientside.callback_context;
        return (context.triggered_id || "") === "shell-job-cancel";
      },

      started: function (job) { set("shell-job-started", { data: job || null }); },

      tab: function () {
        var chosen = byId(window.dash_clientside.callback_context.triggered_id);
        chosen.closest("[role=tablist]").querySelectorAll("[role=tab]").forEach(function (tab) {
          var open = tab === chosen;
          set(tab.id, { "aria-selected": String(open), tabIndex: open ? "0" : "-1" });
          set(tab.getAttribute("aria-controls"), { hidden: !open });
        });
        return chosen.id.replace(/^.*-tab-/, "");
      },

      opened: function (tab, dataset) {
        var here = new URLSearchParams(location.search);
        if (tab) { here.set("tab", tab); }
        if (dataset) { here.set("dataset", dataset); }
        if (tab || dataset) { history.replaceState(history.state, "", location.pathname + "?" + here); }
      },

      // The chosen analysis goes with every link of the navigation and stands in the address.
      carry: function (analysis, pathname) {
        var link = byId("shell-nav-" + ((pathname || "").replace(/\//g, "") || "overview")), nav = link && link.closest("nav");
        // On a phone the row of pages is wider than the screen.
        if (nav) { centre(nav, link); }
        if (!analysis) { return; }
        document.querySelectorAll("[id^='shell-nav-']").forEach(function (link) {
          var url = new URL(link.href, location.origin);
          if (url.searchParams.get("analysis") !== analysis) {
            set(link.id, { href: url.pathname + "?" + new URLSearchParams({ analysis: analysis }) });
          }
        });
        var here = new URLSearchParams(location.search);
        if (here.get("analysis") !== analysis) {
          here.set("analysis", analysis);
          history.replaceState(history.state, "", location.pathname + "?" + here);
        }
      },

      collect: function (limits, minimum, shortfall, level, show, atRisk, removed, group) {
        if (!limits || minimum === null || minimum === undefined) { return; }
        var least = Math.min(1, Math.max(0, Number(minimum) || 0));
        var threshold = Number(shortfall);
        var isDefault = !Number.isFinite(threshold) || Math.abs(threshold - limits.default_at) < 1e-9;
        set("propensity-minimum-value", { children: Math.round(100 * least) + " %" });
        set("propensity-shortfall-value", {
          children: limits.window === "next" ? "–" : money(isDefault ? limits.default : threshold, limits.sides)
        });
        requestAnimationFrame(function () {
          fillTrack(byId("propensity-minimum"));
          fillTrack(byId("propensity-shortfall"));
        });
        var params = { analysis: limits.analysis };
        if (limits.window !== "past") { params.window = limits.window; }
        if (least > 0) { params.min_propensity = String(least); }
        if (atRisk) { params.at_risk = "1"; }
        // A group of the overview is of the next window: the past one, or the chip's button, takes it off.
        var off = (window.dash_clientside.callback_context.triggered_id || "") === "propensity-group-remove";
        if (group && !off && limits.window === "next") {
          params.group = group;
        } else if (group) {
          set("propensity-group", { data: "" });
          set("propensity-group-note", {
            children: off ? "All customers are shown again." : "All customers are shown: the group is one of the next window."
          });
          takenOff = true;
          if (off) { byId("propensity-window").focus({ preventScroll: true }); }
        } else if (takenOff) {
          set("propensity-group-note", { children: "" });
          takenOff = false;
        }
        if (limits.window === "past") {
          // At its starting point the threshold is the analysis' own, to the cent.
          if (!isDefault) { params.shortfall = String(threshold); }
          if (level !== "0.5") { params.level = level; }
          if (show.length < 3) { params.performances = show.length ? show.join(",") : "none"; }
        }
        var key = limits.analysis + limits.window;
        if (view.key !== key) {
          if (view.key !== null && (view.x || view.y)) { set("propensity-view", { data: null }); }
          view.key = key; view.x = view.y = null;
        }
        address(params);
        askInMotion(params);
      },

      drawn: function (figure) {
        requestAnimationFrame(function () { setTimeout(function () { prepare(figure); release(); }, 0); });
      },

      zoomed: function (change) {
        if (!change) { return; }
        var known = false;
        ["x", "y"].forEach(function (axis) {
          var name = axis + "axis";
          var range = change[name + ".range"] || (
            change[name + ".range[0]"] === undefined ? null : [change[name + ".range[0]"], change[name + ".range[1]"]]
          );
          if (range) { view[axis] = range; known = true; }
          if (change[name + ".autorange"]) { view[axis] = null; known = true; }
        });
        if (!known) { return; }
        var full = fullRanges();
        ["x", "y"].forEach(function (axis) {
          var range = view[axis], all = full[axis];
          if (range && all && range[0] <= all[0] + 1e-6 && range[1] >= all[1] - 1e-6) { view[axis] = null; }
        });
        clearTimeout(view.timer);
        view.timer = setTimeout(function () {
          set("propensity-view", { data: view.x || view.y ? { x: view.x, y: view.y } : null });
        }, 120);
      },

      unzoom: showAll,

      // The table follows once the slider rests; a table that reads on every step would only flicker.
      refresh: function (params) {
        if (!params || params.moving) { return; }
        clearTimeout(tableTimer);
        tableTimer = setTimeout(function refresh() {
          var grid = gridApi();
          // On a slow machine the filter is there before the table is.
          if (!grid) { if (byId("propensity-chart")) { tableTimer = setTimeout(refresh, 150); } return; }
          if (grid.getDisplayedRowCount()) { grid.ensureIndexVisible(0); }
          // Each request carries its filter; the same rows of another filter are then another request.
          grid.setGridOption("context", params);
          grid.purgeInfiniteCache();
        }, 250);
      },

      unselect: function (open) {
        var grid = open ? null : gridApi();
        if (grid) { grid.deselectAll(); }
      },

      download: function (clicks, params, format) {
        if (!clicks || !params) { return; }
        var link = document.createElement("a");
        link.href = "/download/segment." + format + "?" + new URLSearchParams(params);
        link.download = "";
        document.body.appendChild(link);
        link.click();
        link.remove();
      }
    }
  });

  function gridApi() {
    try { return window.dash_ag_grid.getApi("propensity-table"); } catch (error) { return null; }
  }

  function plotOf() {
    var graph = byId("propensity-chart");
    return graph && graph.querySelector(".js-plotly-plot");
  }

  // The whole extent, as the server says it; the axes' own ranges are those of the zoom.
  var full = {};
  function fullRanges() { return full; }

  function showAll() {
    var plot = plotOf();
    view.x = view.y = null;
    clearTimeout(view.timer);
    set("propensity-view", { data: null });
    if (plot && full.x) { window.Plotly.relayout(plot, { "xaxis.range": full.x.slice(), "yaxis.range": full.y.slice() }); }
  }

  function prepare(figure) {
    var plot = plotOf(), Plotly = window.Plotly;
    full = (figure && figure.layout && figure.layout.meta) || full;
    if (plot && plot.on && !plot.dataset.ready) {
      plot.dataset.ready = "yes";
      plot.on("plotly_doubleclick", showAll);
    }
    if (Plotly && Plotly.Plots && !Plotly.Plots.lapwing) {
      // Dash asks for a resize after every update, and each one draws everything again.
      var resize = Plotly.Plots.resize;
      Plotly.Plots.lapwing = true;
      Plotly.Plots.resize = function (target) {
        var layout = target && target._fullLayout;
        var same = layout && layout.width === target.offsetWidth && layout.height === target.offsetHeight;
        return same || !target.offsetHeight ? Promise.resolve(target) : resize.apply(this, arguments);
      };
    }
  }

  document.addEventListener("input", function (event) {
    if (event.target.type === "range") { lastInput = performance.now(); fillTrack(event.target); }
  }, true);

  // A jump of the browser's own would have the page built anew, since its address has changed unseen.
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[href^='#']");
    var place = link && byId(link.getAttribute("href").slice(1));
    if (!place || event.ctrlKey || event.metaKey || event.shiftKey) { return; }
    event.preventDefault();
    place.scrollIntoView();
    place.focus({ preventScroll: true });
    history.replaceState(history.state, "", location.pathname + location.search + link.getAttribute("href"));
  });

  // Another page without a load: its title is told, and a focus that went with the old page goes to the new one.
  var lastPage = location.pathname;
  new MutationObserver(function () {
    if (location.pathname === lastPage || !byId("shell-announce")) { return; }
    lastPage = location.pathname;
    set("shell-announce", { children: document.title });
    if (document.activeElement === document.body) { byId("content").focus({ preventScroll: true }); }
  }).observe(document.querySelector("title"), { childList: true });

  // The system's own change between light and dark is followed until somebody has chosen here; paper is always light.
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function (event) {
    var chosen = null;
    try { chosen = localStorage.getItem("lapwing-theme"); } catch (error) { /* storage may be closed */ }
    if (chosen || matchMedia("print").matches) { return; }
    root.setAttribute("data-bs-theme", event.matches ? "dark" : "light");
    if (window.dash_clientside.set_props) { set("shell-theme-value", { data: root.getAttribute("data-bs-theme") }); }
  });

  // Escape closes a definition without leaving its button; looking away opens it again.
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      document.querySelectorAll(".lw-tip:hover, .lw-tip:focus-within").forEach(function (tip) {
        tip.classList.add("is-closed");
        var open = function () { tip.classList.remove("is-closed"); };
        tip.addEventListener("mouseleave", open, { once: true });
        tip.addEventListener("focusout", open, { once: true });
      });
    }
  });

  // The focus goes round in a dialogue: behind its last button is no page to be reached.
  document.addEventListener("keydown", function (event) {
    var dialog = event.key === "Tab" && document.querySelector(".modal.show");
    if (!dialog || event.target.closest("dialog")) { return; }
    var stops = Array.from(dialog.querySelectorAll("a[href], button, input, select, textarea, summary")).filter(function (each) {
      return !each.disabled && each.tabIndex >= 0 && each.checkVisibility();
    });
    var ends = event.shiftKey ? [0, stops.length - 1] : [stops.length - 1, 0];
    var outside = event.target === dialog ? event.shiftKey : !dialog.contains(event.target);
    if (stops.length && (outside || event.target === stops[ends[0]])) {
      event.preventDefault();
      stops[ends[1]].focus();
    }
  });

  // Enter opens a customer as a click does; of itself the table knows the space bar only.
  document.addEventListener("keydown", function (event) {
    var row = event.key === "Enter" && event.target.closest && event.target.closest("#propensity-table .ag-row");
    var grid = row && gridApi(), node = grid && grid.getDisplayedRowAtIndex(Number(row.getAttribute("row-index")));
    if (node) { node.setSelected(true); }
  });

  // Arrow keys move along a row of tabs and open the one they reach, as people know it from elsewhere.
  document.addEventListener("keydown", function (event) {
    var tab = event.target.closest && event.target.closest("[role=tab]");
    var step = { ArrowRight: 1, ArrowLeft: -1, Home: "first", End: "last" }[event.key];
    if (!tab || step === undefined) { return; }
    var tabs = Array.from(tab.closest("[role=tablist]").querySelectorAll("[role=tab]"));
    var next = step === "first" ? 0 : step === "last" ? tabs.length - 1
      : (tabs.indexOf(tab) + step + tabs.length) % tabs.length;
    event.preventDefault();
    tabs[next].focus();
    tabs[next].click();
  });

  // The numbers of the overview count up once after loading: each from its first sight on, even where the server's
  // first page gives way to the live one on the way.
  var COUNT_MS = 700, counted = {};

  // The digits grow and every other sign stays, whatever marks the language puts between them.
  function partWay(text, share) {
    var found = text.match(/\d(?:[\d.,'’ \u00a0\u202f]*\d)?/);
    if (!found) { return text; }
    var digits = found[0].replace(/\D/g, ""), after = found[0].match(/\D(\d+)$/);
    var least = after && after[1].length !== 3 ? after[1].length + 1 : 1;
    var reached = String(Math.round(Number(digits) * share)).padStart(least, "0"), at = reached.length, told = "";
    for (var place = found[0].length - 1; place >= 0 && at > 0; place -= 1) {
      var sign = found[0][place];
      told = (/\d/.test(sign) ? reached[at -= 1] : sign) + told;
    }
    return text.replace(found[0], told);
  }

  function countUp(element) {
    var key = element.dataset.countup, node = element.firstChild;
    if (element.counts || !node || node.nodeType !== 3 || !/\d/.test(node.nodeValue)) { return; }
    element.counts = true;
    if ("counted" in element.dataset) { counted[key] = -COUNT_MS; return; }
    var text = node.nodeValue, start = counted[key] = counted[key] || performance.now(), written = text;
    if (performance.now() - start >= COUNT_MS) { return; }
    if (matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden) { counted[key] = -COUNT_MS; return; }
    (function step(time) {
      var share = Math.min(1, Math.max(0, (time - start) / COUNT_MS)), eased = 1 - Math.pow(1 - share, 3);
      // Somebody else has written here meanwhile: another period, another analysis.
      var ours = element.isConnected && node.nodeValue === written;
      if (ours) { written = node.nodeValue = share < 1 ? partWay(text, eased) : text; }
      if (ours && share < 1) { requestAnimationFrame(step); }
    })(performance.now());
  }
  new MutationObserver(function () {
    document.querySelectorAll("[data-countup]").forEach(countUp);
    watchRows();
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
