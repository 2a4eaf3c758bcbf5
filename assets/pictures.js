// Pictures of charts: every chart has a button for PNG and one for SVG, and this answers all of them.
(function () {
  "use strict";

  // Room around a picture, and for its title, in pixels.
  var ROOM = 16, TITLE = 28;

  // The chart's heading is beside it on the page, in the picture it stands above; without one its name does.
  function heading(figure) {
    var place = figure.closest("section, .lw-card, [role=tabpanel]");
    for (var box = figure.parentElement; box && place && place.contains(box); box = box.parentElement) {
      var found = Array.from(box.querySelectorAll("h2, h3, h4")).filter(function (one) {
        return one.compareDocumentPosition(figure) & Node.DOCUMENT_POSITION_FOLLOWING && one.offsetParent;
      }).pop();
      if (found) { return found.textContent.trim(); }
    }
    return (figure.getAttribute("aria-label") || "").split(/[.;] /)[0].slice(0, 90);
  }

  function plain(text) { return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;"); }

  function today() {
    var now = new Date(), two = function (part) { return String(part).padStart(2, "0"); };
    return [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  }

  // The same chart on the page's own ground, which it lets through on the page.
  function pictured(plot, figure) {
    var shown = plot._fullLayout, style = getComputedStyle(figure), title = heading(figure), own = shown.margin;
    var above = ROOM + (title ? TITLE : 0);
    var layout = Object.assign({}, plot.layout, {
      paper_bgcolor: style.getPropertyValue("--lw-surface").trim(),
      width: shown.width + 2 * ROOM, height: shown.height + ROOM + above,
      margin: { l: own.l + ROOM, r: own.r + ROOM, t: own.t + above, b: own.b + ROOM }
    });
    if (title) {
      layout.title = {
        text: plain(title), x: 0, xref: "container", xanchor: "left", y: 1, yref: "container", yanchor: "top",
        pad: { l: ROOM, t: ROOM }, font: { size: 16, color: style.getPropertyValue("--lw-text").trim() }, automargin: false
      };
    }
    delete layout.autosize;
    return { data: plot.data, layout: layout, config: { staticPlot: true } };
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-picture]");
    var figure = button && button.closest("figure"), plot = figure && figure.querySelector(".js-plotly-plot");
    if (!plot || !plot._fullLayout || button.getAttribute("aria-busy") === "true") { return; }
    var chart = pictured(plot, figure), form = button.dataset.picture;
    button.setAttribute("aria-busy", "true");
    window.Plotly.downloadImage(chart, {
      format: form, filename: button.parentElement.dataset.filename + "-" + today(),
      width: chart.layout.width, height: chart.layout.height, scale: form === "png" ? 2 : 1
    }).finally(function () { button.removeAttribute("aria-busy"); });
  });
})();
