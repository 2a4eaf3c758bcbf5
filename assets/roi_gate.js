// Questions of the ROI page on their way to the server: one at a time, the newest wins, and what is old is shown as old.
(function () {
  "use strict";

  var set = function (id, props) { window.dash_clientside.set_props(id, props); };
  var DRAWN = ["depth", "range", "drivers"];
  // Milliseconds: a hand rests, an answer does not come any more, a screen reader is told.
  var RESTS = 300, GIVEN_UP = 10000, TOLD = 700;
  var busy = false, waiting = null, timer = 0, stamp = 0, moving = false;
  var lastInput = -1e9, restTimer = 0, tellTimer = 0, watcher = null;

  function ask(question, inMotion) {
    clearTimeout(tellTimer);
    if (busy) { waiting = [question, inMotion]; return; }
    busy = true;
    moving = inMotion;
    stamp += 1;
    timer = setTimeout(release, GIVEN_UP);
    set("roi-asked", { data: Object.assign({}, question, { moving: inMotion, stamp: stamp }) });
  }

  function release() {
    clearTimeout(timer);
    busy = false;
    var next = waiting;
    waiting = null;
    if (next) { ask(next[0], next[1]); return; }
    faded(false);
    if (!moving) { tellTimer = setTimeout(tell, TOLD); }
  }

  // A message of what is wrong speaks for itself.
  function tell() {
    var question = document.getElementById("roi-question"), verdict = document.getElementById("roi-verdict");
    if (!question || !verdict || verdict.querySelector(".lw-error")) { return; }
    var words = Array.prototype.map.call(verdict.children, function (part) { return part.textContent; });
    set("roi-said", { children: question.textContent + " " + words.join(": ") });
  }

  // What is on screen is of the question before until the answer is there.
  function faded(on) {
    document.querySelectorAll(".roi-views [role=tabpanel]").forEach(function (panel) {
      var mine = DRAWN.indexOf(panel.id.replace("roi-panel-", "")) >= 0;
      panel.classList.toggle("is-asked", on && mine && !panel.hidden);
    });
    var main = document.querySelector(".roi-answer");
    if (main) { main.classList.toggle("is-asked", on); main.setAttribute("aria-busy", String(on)); }
  }

  window.lapwingRoi = {
    ask: ask,
    faded: faded,

    drawn: function (view) { return DRAWN.indexOf(view) >= 0; },

    inMotion: function (question) {
      clearTimeout(restTimer);
      if (performance.now() - lastInput > RESTS) { faded(true); ask(question, false); return; }
      ask(question, true);
      restTimer = setTimeout(function () { ask(question, false); }, RESTS);
    },

    answered: function (answer) { if (answer && answer.stamp === stamp) { release(); } },

    restart: function () {
      clearTimeout(timer);
      busy = false;
      waiting = null;
    },

    // While the answer is out of sight, its short form stands at the lower edge.
    watch: function () {
      if (watcher) { watcher.disconnect(); }
      watcher = new IntersectionObserver(function (seen) {
        var line = document.querySelector(".roi-glance");
        if (line) { line.classList.toggle("is-shown", !seen[seen.length - 1].isIntersecting); }
      }, { rootMargin: "-64px 0px 0px 0px" });
      watcher.observe(document.getElementById("roi-verdict"));
    }
  };

  document.addEventListener("input", function (event) {
    if (event.target.type === "range" && event.target.closest(".roi")) { lastInput = performance.now(); }
  }, true);
})();
