// The ROI page's files and links: they always say what is on screen.
(function () {
  "use strict";

  var FILES = ["/roi/contacts.csv", "/roi/contacts.xlsx", "/roi/calculation.xlsx", "/roi/summary.html"];
  var OWN = ["moving", "stamp", "narrow"];
  var same = function () { return window.dash_clientside.no_update; };
  var stamp = 0;

  function query(asked) {
    var said = new URLSearchParams();
    Object.keys(asked).forEach(function (name) {
      if (OWN.indexOf(name) < 0) { said.set(name, asked[name] === null || asked[name] === undefined ? "" : String(asked[name])); }
    });
    return said.toString();
  }

  // Copied where the browser lets a page do so, else shown to be copied by hand: address, panel open, what was done.
  function copied(text) {
    var byHand = function () {
      var tries = 0;
      (function select() {
        var field = document.getElementById("roi-share-address");
        if (field && field.offsetParent) { field.focus(); field.select(); return; }
        if (tries++ < 40) { setTimeout(select, 50); }
      })();
      return [text, true, same()];
    };
    stamp += 1;
    if (!navigator.clipboard || !window.isSecureContext) { return Promise.resolve(byHand()); }
    return navigator.clipboard.writeText(text).then(function () { return [text, false, { stamp: stamp }]; }, byHand);
  }

  function close(focus) {
    var menu = document.getElementById("roi-files");
    if (!menu || !menu.open) { return; }
    menu.open = false;
    if (focus) { menu.querySelector("summary").focus(); }
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    roiScenarios: {
      links: function (asked) {
        if (!asked) { return FILES.map(same); }
        return FILES.map(function (path) { return path + "?" + query(asked); });
      },

      share: function (clicks) {
        if (!clicks) { return [same(), same(), same()]; }
        close(true);
        return copied(location.href);
      },

      copy: function (clicks, addresses, ids) {
        var context = window.dash_clientside.callback_context, chosen = context.triggered_id;
        if (!chosen || !clicks.some(Boolean)) { return [same(), same(), same()]; }
        var place = ids.map(function (one) { return one.id; }).indexOf(chosen.id);
        return copied(new URL(addresses[place], location.href).href);
      },

      // The address says which scenarios are side by side; the page's own script keeps that part as it is.
      picked: function (values, ids) {
        if (location.pathname !== "/roi" || !ids.length) { return same(); }
        var here = new URLSearchParams(location.search);
        var chosen = ids.filter(function (one, place) { return values[place]; }).map(function (one) { return one.id; });
        if (chosen.length) { here.set("compare", chosen.join(",")); } else { here.delete("compare"); }
        history.replaceState(history.state, "", location.pathname + "?" + here.toString() + location.hash);
        return chosen;
      }
    }
  });

  document.addEventListener("click", function (event) {
    var menu = document.getElementById("roi-files");
    if (menu && menu.open && (!menu.contains(event.target) || event.target.closest("a"))) { close(false); }
  });
  document.addEventListener("keydown", function (event) {
    var menu = document.getElementById("roi-files");
    if (event.key === "Escape" && menu && menu.open) { close(menu.contains(document.activeElement)); }
  });
})();
