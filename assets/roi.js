// The ROI page: what the controls say is one question; the address always says it, and the answer follows the hand.
(function () {
  "use strict";

  var set = function (id, props) { window.dash_clientside.set_props(id, props); };
  var byId = function (id) { return document.getElementById(id); };
  var same = function () { return window.dash_clientside.no_update; };
  var phone = window.matchMedia("(max-width: 767.98px)");
  // In the order that callbacks/roi_begin.py names them.
  var SLIDERS = ["discount", "margin", "uplift", "uplift_range", "redemption", "forecast_error"];
  var SELECTS = ["rank", "uplift_unit"];
  var NUMBERS = ["contact_cost", "fixed_cost", "budget", "horizon_days", "seed"];
  var UPLIFTS = ["uplift", "uplift_range"];
  // What others put into the address beside the question.
  var KEPT = ["readout", "campaign", "compare"];

  // What is on: the last that `collect` saw. `exact` are values that no position of a slider says, until it is moved.
  var now = { ready: null, exact: {}, unit: null, contacted: null, question: null, state: null };
  var gate = function () { return window.lapwingRoi; };

  function isNumber(value) { return typeof value === "number" && Number.isFinite(value); }
  // An empty box says null, "" or not a number.
  function numeric(value) {
    return value === null || value === undefined || value === "" || Number.isNaN(Number(value)) ? null : Number(value);
  }
  function round(value) { return Number(value.toPrecision(10)); }
  function count(value) { return window.lapwingNumber(value, 0); }

  function text(position) {
    return position === null || position === undefined || Number.isNaN(position) ? "" : String(position);
  }

  function exact(name, position) {
    var kept = now.exact[name];
    if (!kept) { return undefined; }
    if (text(kept[0]) === text(position)) { return kept[1]; }
    delete now.exact[name];
    return undefined;
  }

  function share(name, position) {
    var kept = exact(name, position), number = numeric(position);
    return kept !== undefined ? kept : number === null ? null : round(number / 100);
  }

  function openView() {
    var tab = document.querySelector("[id^='roi-tab-'][aria-selected='true']");
    return tab ? tab.id.replace("roi-tab-", "") : "depth";
  }

  // The address says what differs from the analysis' own start; the navigation comes back to it.
  function address(view) {
    if (location.pathname !== "/roi" || !now.ready || !now.question) { return; }
    var here = new URLSearchParams(location.search), said = { analysis: now.ready.analysis };
    if (now.question.audience !== now.ready.first) { said.audience = now.question.audience; }
    Object.keys(now.ready.start).forEach(function (name) {
      var value = now.question[name], start = now.ready.start[name];
      if (value === undefined || value === null || value === "" || value === start) { return; }
      if (isNumber(value) && isNumber(start) && Math.abs(value - start) < 1e-9) { return; }
      said[name] = String(value);
    });
    if (view && view !== "depth") { said.tab = view; }
    KEPT.forEach(function (name) { if (here.get(name)) { said[name] = here.get(name); } });
    var query = new URLSearchParams(said).toString();
    history.replaceState(history.state, "", location.pathname + "?" + query + location.hash);
    if (byId("shell-nav-roi")) { set("shell-nav-roi", { href: "/roi?" + query }); }
  }

  // Another unit keeps what the uplift means to a customer of the usual probability.
  function convert(unit, uplift, range) {
    var typical = now.ready.typical || 0.1, scales = now.ready.scales[unit];
    [uplift, range].forEach(function (value, place) {
      var name = UPLIFTS[place], step = scales[name][1];
      var wanted = unit === "points" ? value * typical : value / typical;
      var percent = Math.min(Math.round(100 * wanted / step) * step, 100);
      if (value > 0) { percent = Math.max(percent, step); }
      set("roi-" + name, {
        min: Math.min(0, Math.floor(percent)), max: Math.max(scales[name][0], Math.ceil(percent)), step: step, value: round(percent)
      });
    });
  }

  function contactedOf(fresh, changed, slider, typed) {
    var size = now.ready.size, wanted;
    if (fresh) {
      wanted = now.exact.contacted ? now.exact.contacted[1] : Number(slider);
    } else if (changed("roi-contacted")) {
      wanted = Number(slider);
    } else {
      wanted = changed("roi-contacted-number") ? numeric(typed) : now.contacted;
    }
    if (isNumber(wanted) && wanted > size && size > 0) { wanted = size; }
    var sound = isNumber(wanted) && wanted >= 1 && wanted === Math.round(wanted);
    if (sound && Number(slider) !== wanted) { set("roi-contacted", { value: wanted }); }
    if (sound && numeric(typed) !== wanted) { set("roi-contacted-number", { value: wanted }); }
    set("roi-contacted-help", { children: !size ? "Nobody to contact."
      : sound && wanted === size ? "All " + count(size) + " of this audience: there are no more."
        : "Of " + count(size) + ", the best of the order first." });
    return wanted;
  }

  function told(question) {
    SLIDERS.concat(["holdout"]).forEach(function (name) {
      var value = question[name], points = question.uplift_unit === "points" && UPLIFTS.indexOf(name) >= 0;
      var text = isNumber(value) ? window.lapwingNumber(round(Number((100 * value).toPrecision(4))), 0, 6) + (points ? " points" : " %") : "–";
      set("roi-" + name + "-value", { children: text });
    });
    document.querySelectorAll(".roi-currency").forEach(function (sign) {
      sign.textContent = now.ready.symbol;
      sign.hidden = !now.ready.symbol;
    });
    requestAnimationFrame(function () {
      document.querySelectorAll(".roi input[type=range]").forEach(function (input) {
        var low = Number(input.min || 0), high = Number(input.max || 100);
        input.style.setProperty("--at", (100 * (input.value - low) / (high - low || 1)) + "%");
      });
    });
  }

  // What a control's help says is read out with it; the components themselves take no such names.
  function described() {
    document.querySelectorAll(".roi .lw-help[id$='-help'], .roi-named .lw-tip__body").forEach(function (help) {
      var control = byId(help.id.slice(0, -5));
      if (control) { control.setAttribute("aria-describedby", help.id); }
    });
  }

  function contact(many) {
    if (now.ready && isNumber(many) && many >= 1) {
      set("roi-contacted", { value: Math.min(Math.round(many), now.ready.size) });
    }
  }

  function pointOf(click) { return click && click.points && click.points[0]; }

  function slide(name, value) {
    var input = byId("roi-" + name), percent = round(100 * value);
    set("roi-" + name, {
      min: Math.min(Number(input.min), Math.floor(percent)), max: Math.max(Number(input.max), Math.ceil(percent)),
      // A cell of the map may lie between two steps.
      value: Math.round(percent / Number(input.step)) * Number(input.step)
    });
    now.exact[name] = [Math.round(percent / Number(input.step)) * Number(input.step), value];
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    roi: {
      collect: function (ready, audience, slider, typed, holdout) {
        // Another audience is asked about once its size is known.
        if (!ready) { return; }
        if (ready.audience !== audience) { gate().faded(true); return; }
        var given = Array.prototype.slice.call(arguments, 5);
        var triggered = (window.dash_clientside.callback_context.triggered || []).map(function (one) { return one.prop_id; });
        var changed = function (id) { return triggered.indexOf(id + ".value") >= 0; };
        var fresh = triggered.indexOf("roi-ready.data") >= 0 || !now.ready || now.ready.analysis !== ready.analysis;
        now.ready = ready;
        if (fresh) {
          if (!ready.keep) { now.exact = Object.assign({}, ready.exact); }
          gate().restart();
        }
        var question = { analysis: ready.analysis, audience: audience };
        SLIDERS.forEach(function (name, place) { question[name] = share(name, given[place]); });
        SELECTS.forEach(function (name, place) {
          var value = given[SLIDERS.length + place], kept = exact(name, value);
          question[name] = kept === undefined ? value : kept;
        });
        NUMBERS.forEach(function (name, place) {
          var value = given[SLIDERS.length + SELECTS.length + place], kept = exact(name, value);
          question[name] = kept === undefined ? numeric(value) : kept;
        });
        var unit = question.uplift_unit, before = now.unit;
        now.unit = unit;
        if (!fresh && before && before !== unit && now.ready.scales[unit]) {
          convert(unit, Number(question.uplift) || 0, Number(question.uplift_range) || 0);
          return;
        }
        question.holdout = share("holdout", holdout);
        question.draws = ready.hidden.draws;
        question.contacted = now.contacted = contactedOf(fresh, changed, slider, typed);
        if (phone.matches) { question.narrow = true; }
        now.question = question;
        told(question);
        if (fresh) { described(); gate().watch(); }
        address(openView());
        var state = JSON.stringify(question);
        if (!fresh && state === now.state) { return; }
        now.state = state;
        gate().inMotion(question);
      },

      answered: function (answer) {
        gate().answered(answer);
      },

      opened: function (view) {
        address(view);
        if (!gate().drawn(view)) { gate().faded(false); }
      },

      best: function (clicks, answer) {
        if (clicks && answer && answer.best) { contact(answer.best); }
      },

      clickDepth: function (click) {
        var point = pointOf(click);
        if (!point) { return same(); }
        contact(isNumber(point.customdata) ? point.customdata : Number(point.x));
        return null;
      },

      // A click on a map of cells brings its place only: what is there stands in the figure.
      clickHeat: function (click, figure) {
        var point = pointOf(click), trace = point && figure && figure.data && figure.data[point.curveNumber];
        if (!point) { return same(); }
        var at = function (values, value) {
          var place = Array.isArray(values) ? values.indexOf(value) : -1;
          return place < 0 ? Math.round(Number(value)) : place;
        };
        var row = trace && trace.customdata && trace.customdata[at(trace.y, point.y)];
        var cell = Array.isArray(row) && row[at(trace.x, point.x)];
        if (Array.isArray(cell) && cell.length === 2) {
          slide("discount", cell[0]);
          slide("uplift", cell[1]);
        }
        return null;
      },

      clickSegment: function (click) {
        var point = pointOf(click), name = point && (Array.isArray(point.customdata) ? point.customdata[0] : point.customdata);
        if (!point) { return same(); }
        document.querySelectorAll("#roi-segments-table [data-roi-audience]").forEach(function (button) {
          if (button.getAttribute("aria-label") === "Ask about " + name + " alone") { button.click(); }
        });
        return null;
      }
    }
  });

  // Buttons inside what the server writes: to a tab, to a segment; and on a phone the fold of the controls.
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-roi-tab], [data-roi-audience], [data-roi-fold]");
    if (!button) { return; }
    if (button.dataset.roiTab) {
      var tab = byId("roi-tab-" + button.dataset.roiTab);
      tab.click();
      tab.scrollIntoView({ block: "start" });
      tab.focus({ preventScroll: true });
    } else if (button.dataset.roiAudience) {
      set("roi-audience", { value: button.dataset.roiAudience });
      byId("roi-question").scrollIntoView({ block: "center" });
    } else {
      var open = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(open));
      byId("roi-controls").classList.toggle("is-open", open);
    }
  });

  // Charts are drawn for the width that they have.
  phone.addEventListener("change", function () {
    if (!now.question || !byId("roi-question")) { return; }
    now.question = Object.assign({}, now.question);
    if (phone.matches) { now.question.narrow = true; } else { delete now.question.narrow; }
    now.state = JSON.stringify(now.question);
    gate().ask(now.question, false);
  });
})();
