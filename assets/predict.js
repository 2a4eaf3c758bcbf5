// Small scripts of the predict page: its address and its download.
(function () {
  "use strict";

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    lapwingPredict: {
      shown: function (prediction) {
        if (location.pathname !== "/predict") { return; }
        var here = new URLSearchParams(location.search);
        if (prediction) { here.set("prediction", prediction); } else { here.delete("prediction"); }
        var query = here.toString();
        history.replaceState(history.state, "", location.pathname + (query ? "?" + query : ""));
      },

      // The part that is open stands in the address; the file's is the one without a name.
      opened: function (tab) {
        if (location.pathname !== "/predict" || !tab) { return; }
        var here = new URLSearchParams(location.search);
        if (tab === "one") { here.set("tab", tab); } else { here.delete("tab"); }
        var query = here.toString();
        history.replaceState(history.state, "", location.pathname + (query ? "?" + query : ""));
      },

      // Enter asks before its field has given its value away: leaving the field does.
      asked: function (submitted) {
        if (!submitted) { return window.dash_clientside.no_update; }
        var field = document.activeElement;
        if (field && field !== document.body) { field.blur(); field.focus(); }
        return new Promise(function (done) { setTimeout(function () { done(submitted); }, 50); });
      },

      // The form of the data page takes the file as if it had been uploaded there.
      handOver: function (upload) {
        if (!upload) { return window.dash_clientside.no_update; }
        window.lapwingDataUpload.give(upload);
        return "/data";
      },

      download: function (clicks, prediction, format) {
        if (!clicks || !prediction) { return; }
        var link = document.createElement("a");
        link.href = "/predictions/" + encodeURIComponent(prediction) + "/scored." + format;
        link.download = "";
        document.body.appendChild(link);
        link.click();
        link.remove();
      }
    }
  });
})();
