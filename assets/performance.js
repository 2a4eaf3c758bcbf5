// The address of the performance page names the model on show, and a link to one of its sections arrives there.
(function () {
  "use strict";

  // Read at once: other scripts write the address without it.
  var wanted = location.hash.slice(1);

  // A link of the row that the keyboard reaches comes into view; of itself it may stay beyond the edge.
  document.addEventListener("focusin", function (event) {
    var row = event.target.closest(".perf-nav"), link = event.target;
    if (row && row !== link) { row.scrollLeft = link.offsetLeft - (row.clientWidth - link.offsetWidth) / 2; }
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    performance: {
      address: function (model, shown) {
        if (!shown || location.pathname !== "/performance") { return; }
        var here = new URLSearchParams(location.search);
        if (model && model !== shown.serving) { here.set("model", model); } else { here.delete("model"); }
        history.replaceState(history.state, "", location.pathname + "?" + here + location.hash);
        var section = /^performance-/.test(wanted) && document.getElementById(wanted);
        wanted = "";
        if (section) { requestAnimationFrame(function () { section.scrollIntoView(); }); }
      }
    }
  });
})();
