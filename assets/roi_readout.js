// The tabs "Plan the proof" and "Read the result": the result on screen stands in the address.
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.roiReadout = {
  shown: function (readout) {
    if (location.pathname !== "/roi") { return; }
    const query = new URLSearchParams(location.search);
    const known = query.get("readout") === readout;
    if (readout) { query.set("readout", readout); } else { query.delete("readout"); }
    history.replaceState(history.state, "", `${location.pathname}?${query}${location.hash}`);
    // What was just read is where the eye and the keyboard go; one that a reload brings is not.
    if (readout && !known) {
      const wait = new MutationObserver(() => {
        const title = document.getElementById("roi-readout-title");
        if (!title || !title.closest("section").dataset) { return; }
        wait.disconnect();
        if (document.activeElement === document.body || document.activeElement?.closest("#roi-panel-readout")) {
          title.focus({ preventScroll: true });
          title.scrollIntoView({ block: "start", behavior: "auto" });
        }
      });
      const place = document.getElementById("roi-readout-result");
      if (place) { wait.observe(place, { childList: true, subtree: true }); setTimeout(() => wait.disconnect(), 5000); }
    }
  },
};
