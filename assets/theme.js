// Runs in the head, before the first paint: the chosen theme, else what the system prefers. Then it starts all
// other scripts once the first picture is painted, and puts what they make in the place of the first view.
(function () {
  "use strict";
  var root = document.documentElement, own = document.currentScript;
  var byId = function (id) { return document.getElementById(id); };
  var chosen = null;
  try {
    chosen = localStorage.getItem("lapwing-theme");
    if (localStorage.getItem("lapwing-first-steps")) { root.setAttribute("data-first-steps-done", ""); }
  } catch (error) { /* storage may be closed */ }
  var dark = matchMedia("(prefers-color-scheme: dark)").matches;
  var theme = chosen === "light" || chosen === "dark" ? chosen : dark ? "dark" : "light";
  root.setAttribute("data-bs-theme", theme);

  function load(url, done, failed) {
    var script = document.createElement("script");
    script.async = false;
    script.src = url;
    if (done) { script.onload = done; }
    if (failed) { script.onerror = failed; }
    document.body.appendChild(script);
  }

  // Dash names plotly.js without its fingerprint, and would fetch it anew with each version.
  if (own.dataset.plotly) {
    Object.defineProperty(window, "_dashPlotlyJSURL", {
      get: function () { return own.dataset.plotly; }, set: function () { /* ours stays */ }
    });
  }

  // The table's script is large: it comes when a page first shows a table. Dash asks a component whether it is
  // ready in this way, and holds callbacks about it back until then (as for its own lazy components).
  function lazyGrid() {
    var wanted = null, ready = null, here = false;
    var grid = {
      getApi: function () { throw new Error("The table is not here yet."); },
      getApiAsync: function (id) { return want().then(function () { return grid.getApiAsync(id); }); }
    };
    function want() {
      wanted = wanted || new Promise(function (resolve, reject) {
        load(own.dataset.grid, function () {
          var real = window.dash_ag_grid;
          window.dash_ag_grid = grid;
          grid.getApi = real.getApi;
          grid.getApiAsync = real.getApiAsync;
          resolve({ default: real.AgGrid });
        }, function () { wanted = null; reject(new Error("The table's script did not load.")); });
      });
      return wanted;
    }
    function isReady() {
      ready = ready || want().then(function () {
        return new Promise(function (resolve) { setTimeout(function () { here = true; resolve(true); }, 0); });
      });
      return here || ready;
    }
    var Inner = window.React.lazy(want);
    grid.AgGrid = function (props) {
      return window.React.createElement(
        window.React.Suspense, { fallback: null }, window.React.createElement(Inner, props)
      );
    };
    grid.AgGrid.dashRenderType = true;
    Object.defineProperty(grid.AgGrid, "_dashprivate_isLazyComponentReady", { get: isReady });
    return grid;
  }

  function begin() {
    var links = Array.from(document.querySelectorAll("link[data-run]"));
    links.forEach(function (link, place) {
      load(link.href, place + 1 < links.length ? null : function () {
        window.dash_ag_grid = lazyGrid();
        window.renderer = new window.DashRenderer();
      });
    });
  }

  // What runs before the first picture only delays it. A page in the background is never painted.
  document.addEventListener("DOMContentLoaded", function () {
    var begun = false;
    function once() { if (!begun) { begun = true; begin(); } }
    if (document.visibilityState === "hidden" || !byId("lw-early")) { once(); return; }
    watch();
    requestAnimationFrame(function () { setTimeout(once, 0); });
    setTimeout(once, 400);
  });

  // The exchange, in steps: the frame as soon as Dash has its own (the page then stands in that), the page when Dash
  // has its, the content of each part when that has come. At no time is the same thing there twice for long.
  function watch() {
    var first = byId("lw-early"), entry = byId("react-entry-point");
    var page = null, parts = null;

    function settle(place) {
      // What is on screen already shall not make an entrance, nor count up to its number.
      place.querySelectorAll("[data-countup]").forEach(function (number) { number.dataset.counted = ""; });
      if (!place.getAnimations) { return; }
      place.getAnimations({ subtree: true }).forEach(function (motion) {
        try { motion.finish(); } catch (error) { /* one without an end */ }
      });
    }

    function frame() {
      var content = entry.querySelector("#content");
      if (!content) { return false; }
      var focused = first.contains(document.activeElement) && document.activeElement.getAttribute("href");
      page = first.querySelector("#_pages_content > *");
      first.remove();
      if (page) {
        page.classList.add("lw-early");
        content.setAttribute("data-first", "");
        content.appendChild(page);
      }
      if (focused) {
        Array.from(document.querySelectorAll("a")).some(function (link) {
          var same = link.getAttribute("href") === focused;
          if (same) { link.focus({ preventScroll: true }); }
          return same;
        });
      }
      return true;
    }

    function swap() {
      var real = entry.querySelector("#_pages_content > *");
      if (!real) { return false; }
      parts = [];
      page.querySelectorAll("[data-first]").forEach(function (part) {
        var place = part.id && real.querySelector("[id='" + part.id + "']");
        if (!place) { return; }
        if (part.dataset.first === "shown") { place.hidden = false; return; }
        if (!part.firstChild || parts.some(function (other) { return other.part.contains(part); })) { return; }
        parts.push({ part: part, place: place, before: place.innerHTML });
      });
      parts.forEach(function (each) {
        each.part.removeAttribute("id");
        each.part.classList.add("lw-early");
        each.place.after(each.part);
        each.place.setAttribute("data-first-waits", "");
      });
      page.remove();
      byId("content").removeAttribute("data-first");
      settle(real);
      return true;
    }

    function finish() {
      var waiting = parts.filter(function (each) {
        if (!each.place.isConnected) { each.part.remove(); return false; }
        return each.place.innerHTML === each.before && !each.place.querySelector(".lw-kpi__value");
      });
      if (waiting.length === parts.length && parts.length) { return false; }
      parts.forEach(function (each) {
        each.part.remove();
        each.place.removeAttribute("data-first-waits");
        settle(each.place);
      });
      return true;
    }

    var steps = [frame, swap, finish];
    var observer = new MutationObserver(function () {
      while (steps.length && steps[0]()) {
        steps.shift();
        if (!page) { steps = []; }
      }
      if (!steps.length) { observer.disconnect(); }
    });
    observer.observe(entry, { childList: true, subtree: true, characterData: true });
  }
})();
