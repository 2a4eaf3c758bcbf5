// The overview: its address, the questions of its charts, where a click on a chart leads, and printing.
(function () {
  "use strict";

  var set = function (id, props) { window.dash_clientside.set_props(id, props); };
  var byId = function (id) { return document.getElementById(id); };
  var same = function () { return window.dash_clientside.no_update; };
  var phone = matchMedia("(max-width: 639.98px)"), tablet = matchMedia("(max-width: 991.98px)");
  var now = null;

  function room() { return phone.matches ? "phone" : tablet.matches ? "tablet" : "wide"; }

  // How large letters are on this page against a common screen: on a large one, or where the reader wants it so.
  function scale() { return Math.round(8 * parseFloat(getComputedStyle(document.documentElement).fontSize) / 16) / 8; }

  // Pictures are named after what they show: the chart, the data set and the period.
  function nameFiles(shown) {
    document.querySelectorAll(".ov .lw-pictures").forEach(function (box) {
      box.dataset.chart = box.dataset.chart || box.dataset.filename;
      box.dataset.filename = box.dataset.chart + (shown.file ? "-" + shown.file : "");
    });
  }

  // Defaults are left out, so that the plain address stays plain.
  function address(shown, start, show, as) {
    if (location.pathname !== "/") { return; }
    var said = { analysis: shown.analysis };
    if (shown.period) { said.period = shown.period; }
    if (show && show !== "customers") { said.show = show; }
    if (as && as !== "percent") { said.as = as; }
    var query = "/?" + new URLSearchParams(said);
    history.replaceState(history.state, "", query + location.hash);
    if (byId("shell-nav-overview")) { set("shell-nav-overview", { href: query }); }
  }

  function differs(one, other) { return JSON.stringify(one) !== JSON.stringify(other); }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    overview: {
      // What the charts are to show, once the cards stand; each is asked for only where it would be another one.
      ask: function (shown, theme, show, as, drawn, drawnCohorts, start) {
        if (!shown || !shown.charts || !theme) { now = null; return [same(), same()]; }
        address(shown, start, show, as);
        nameFiles(shown);
        now = shown;
        var question = { analysis: shown.analysis, theme: theme, room: room(), scale: scale() };
        var board = Object.assign({ period: shown.period }, question);
        var cohorts = Object.assign({ show: show, as: as }, board);
        return [differs(board, drawn) ? board : same(), differs(cohorts, drawnCohorts) ? cohorts : same()];
      },

      // A bar, a row or a segment leads to its customers.
      click: function (click, shown) {
        if (!click || !shown) { return same(); }
        var point = click.points && click.points[0], found = point && point.customdata;
        if (Array.isArray(found)) { found = found[0]; }
        if (typeof found === "string" && found) {
          var query = { analysis: shown.analysis };
          var list = found.indexOf(":") > 0;
          if (list) { query.window = "next"; query.group = found; } else { query.segment = found; }
          set("shell-location", {
            pathname: list ? "/propensity" : "/segments",
            search: "?" + String(new URLSearchParams(query)).replace(/%3A/g, ":")
          });
        }
        return null;
      }
    }
  });

  // Charts are drawn for the width they have: turned or made narrow, they are asked for again.
  [phone, tablet].forEach(function (query) {
    query.addEventListener("change", function () {
      if (now && byId("overview-draw")) { set("overview-shown", { data: Object.assign({}, now) }); }
    });
  });

  // On paper a chart has another width than on screen, and the page is light.
  var wasDark = false;
  window.addEventListener("beforeprint", function () {
    var root = document.documentElement;
    if (!document.querySelector(".ov")) { return; }
    document.querySelectorAll(".ov-chart .svg-container").forEach(function (box) {
      var drawings = box.querySelectorAll(".main-svg"), width = box.offsetWidth, height = box.offsetHeight;
      if (!width || !height) { return; }
      box.style.setProperty("aspect-ratio", width + " / " + height);
      drawings.forEach(function (drawing) { drawing.setAttribute("viewBox", "0 0 " + width + " " + height); });
    });
    wasDark = root.getAttribute("data-bs-theme") === "dark";
    if (wasDark) { root.setAttribute("data-bs-theme", "light"); root.classList.add("ov-was-dark"); }
  });
  window.addEventListener("afterprint", function () {
    var root = document.documentElement;
    document.querySelectorAll(".ov-chart .svg-container").forEach(function (box) {
      box.style.removeProperty("aspect-ratio");
      box.querySelectorAll(".main-svg").forEach(function (drawing) { drawing.removeAttribute("viewBox"); });
    });
    if (wasDark) { root.setAttribute("data-bs-theme", "dark"); root.classList.remove("ov-was-dark"); wasDark = false; }
  });
})();
