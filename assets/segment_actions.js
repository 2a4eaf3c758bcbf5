// What to do with segments: from a card to its customers.
(function () {
  "use strict";

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    segmentActions: {
      // The filter takes this segment alone, and the table with its customers comes into view.
      show: function (clicks) {
        var context = window.dash_clientside.callback_context;
        if (!context.triggered_id || !clicks.some(Boolean)) { return window.dash_clientside.no_update; }
        var table = document.getElementById("segments-table");
        var section = table && table.closest("section");
        if (section) {
          section.scrollIntoView({ block: "start" });
          section.setAttribute("tabindex", "-1");
          section.focus({ preventScroll: true });
        }
        return [context.triggered_id.id];
      }
    }
  });
})();
