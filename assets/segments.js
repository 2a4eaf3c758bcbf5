// The segments page: one filter made of controls, chips and what is clicked in charts; the address always says it.
(function () {
  "use strict";

  var set = function (id, props) { window.dash_clientside.set_props(id, props); };
  var byId = function (id) { return document.getElementById(id); };
  var same = function () { return window.dash_clientside.no_update; };
  var narrow = function () { return window.matchMedia("(max-width: 767.98px)").matches; };
  var VIEWS = {
    sizes: ["segments-sizes"], map: ["segments-map"], clusters: ["segments-pca"], profiles: ["segments-boxes"],
    makeup: ["segments-makeup"], movement: ["segments-flows"]
  };
  var ANY = "any", NOTHING = "none", MOST_CORNERS = 60;

  // What is on: the last that `collect` saw. Whatever changes the filter changes a control or `extra`.
  var now = { segments: [], extra: {}, ready: null, params: null, columns: [] };
  var asked = {}, tableTimer = 0, fades = {};

  // Values with commas between them, as data.segments.filter joins and splits them.
  function join(values) {
    return values.map(function (value) {
      return value === "" ? "\\0" : value.replace(/\\/g, "\\\\").replace(/,/g, "\\,");
    }).join(",");
  }

  function copy(extra) { return Object.assign({}, extra, { where: Object.assign({}, extra.where) }); }

  function toggled(values, value) {
    return values.indexOf(value) < 0 ? values.concat([value]) : values.filter(function (one) { return one !== value; });
  }

  function pick(key) {
    if (!now.ready || now.ready.keys.indexOf(key) < 0) { return; }
    set("segments-pick", { value: toggled(now.segments, key) });
  }

  function where(attribute, value) {
    var extra = copy(now.extra);
    extra.where[attribute] = toggled(extra.where[attribute] || [], value);
    set("segments-extra", { data: extra });
  }

  function also(name, text) {
    var extra = copy(now.extra);
    extra[name] = text;
    set("segments-extra", { data: extra });
  }

  function flow(text) { also("flow", now.extra.flow === text ? "" : text); }

  // A chip's button takes off what it stands for.
  function remove(param, value) {
    if (param === "segment") { set("segments-pick", { value: now.segments.filter(function (key) { return key !== value; }) }); }
    else if (param === "clv" || param === "churn") { set("segments-" + param, { value: ANY }); }
    else if (param === "search") { set("segments-search", { value: "" }); }
    else if (/^a\d+$/.test(param)) { where(param, value); }
    else { also(param, ""); }
  }

  // Numbers from the largest, names from A; a third time as the segments come. Only the table is asked for.
  function sort(column) {
    var order = column === "name" ? ["asc", "desc"] : ["desc", "asc"];
    var next = now.sort === column + ":" + order[0] ? column + ":" + order[1]
      : now.sort === column + ":" + order[1] ? "" : column + ":" + order[0];
    var question = JSON.parse(asked.sizes || "null");
    now.sort = next;
    if (!question) { return; }
    delete question.sort;
    if (next) { question.sort = next; }
    asked.sizes = JSON.stringify(question);
    byId("segments-panel-sizes").dataset.asked = asked.sizes;
    set("segments-draw-sizes", { data: Object.assign({ only: "table" }, question) });
  }

  function clear() {
    set("segments-pick", { value: [] });
    set("segments-clv", { value: ANY });
    set("segments-churn", { value: ANY });
    set("segments-search", { value: "" });
    set("segments-extra", { data: { where: {} } });
  }

  // What the address says beside the filter; defaults are left out.
  function address(ready, params, view, choices) {
    if (location.pathname !== "/segments") { return; }
    var here = new URLSearchParams(location.search), analysis = here.get("analysis"), said = {};
    if (ready.source.indexOf("analysis:") === 0) { said.analysis = ready.source.slice(9); }
    else {
      said.dataset = ready.source.slice(8);
      if (analysis) { said.analysis = analysis; }
    }
    Object.assign(said, params);
    if (ready.first === ready.segmentation) { delete said.segmentation; }
    if (view && view !== "sizes") { said.view = view; }
    Object.keys(choices).forEach(function (name) {
      if (choices[name] && choices[name] !== ready.defaults[name]) { said[name] = choices[name]; }
    });
    var query = new URLSearchParams(said).toString();
    history.replaceState(history.state, "", location.pathname + "?" + query + location.hash);
    if (byId("shell-nav-segments")) { set("shell-nav-segments", { href: "/segments?" + query }); }
  }

  function graphDiv(id) {
    var graph = byId(id);
    return graph && graph.querySelector(".js-plotly-plot");
  }

  // Corners in plotted coordinates, six digits, no more than the filter takes.
  function region(data, x, y) {
    var corners = [], lasso = data.lassoPoints, range = data.range;
    var side = function (from, letter) { return from[letter] || from[Object.keys(from).find(function (key) { return key[0] === letter; })]; };
    if (lasso) {
      var xs = side(lasso, "x"), ys = side(lasso, "y"), step = Math.max(1, Math.ceil(xs.length / MOST_CORNERS));
      for (var i = 0; i < xs.length; i += step) { corners.push(xs[i], ys[i]); }
    } else if (range) {
      var across = side(range, "x"), up = side(range, "y");
      corners = [across[0], up[0], across[1], up[0], across[1], up[1], across[0], up[1]];
    }
    if (corners.length < 6) { return ""; }
    return [x, y].concat(corners.map(function (value) { return String(Math.round(value * 1e6) / 1e6); })).join(",");
  }

  function clickedKey(click) {
    var point = click && click.points && click.points[0];
    var data = point && point.customdata;
    // Of a ring it comes as a list of one; of a customer as the id and the key.
    if (Array.isArray(data)) { data = data.length === 1 ? data[0] : data[1]; }
    return typeof data === "string" ? data : null;
  }

  function focusChips() {
    var next = document.querySelector("#segments-chips button") || byId("segments-clear");
    if (next && !next.disabled) { next.focus(); return; }
    var search = byId("segments-search");
    if (search) { search.focus({ preventScroll: true }); }
  }

  function grid() {
    try {
      var api = window.dash_ag_grid.getApi("segments-table");
      return api && !api.isDestroyed() ? api : null;
    } catch (error) { return null; }
  }

  function go(href) {
    var link = document.createElement("a");
    link.href = href;
    link.download = "";
    document.body.appendChild(link);
    link.click();
    link.remove();
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    segments: {
      // Every control and what has none of its own, to the one filter that everything on the page follows.
      collect: function (ready, picked, clv, churn, search, extra) {
        if (!ready || !extra) { return; }
        var params = { segmentation: ready.segmentation };
        var keys = ready.keys.filter(function (key) { return (picked || []).indexOf(key) >= 0; });
        if (keys.length) { params.segment = join(keys); }
        if (clv && clv !== ANY) { params.clv = clv; }
        if (churn && churn !== ANY) { params.churn = churn; }
        Object.keys(extra.where || {}).sort().forEach(function (attribute) {
          if (extra.where[attribute].length) { params[attribute] = join(extra.where[attribute]); }
        });
        if (search && search.trim()) { params.search = search.trim(); }
        ["region", "flow", "at_risk"].forEach(function (name) { if (extra[name]) { params[name] = extra[name]; } });
        var state = JSON.stringify([params, ready.stamp]);
        now.ready = ready; now.segments = keys; now.extra = Object.assign({ where: {} }, extra);
        if (state === now.state && byId("segments-count").textContent) { return; }
        // Other names of segments are to be read anew by what shows them; the filter is another one only where it differs.
        var differs = JSON.stringify(params) !== JSON.stringify(now.params) || !byId("segments-count").textContent;
        now.state = state; now.params = params;
        if (differs) { set("segments-filter", { data: params }); }
        set("segments-told", { data: { filter: params, stamp: ready.stamp } });
      },

      // Only the open view is worked out, and only where it would show something else than it does.
      ask: function (told, view, theme, x, y, metric, by, columns, ready) {
        var params = told && told.filter;
        if (!params || !ready || !theme || params.segmentation !== ready.segmentation) { return same(); }
        address(ready, params, view, { x: x, y: y, metric: metric, by: by, columns: (columns || []).join(",") });
        if (!VIEWS[view]) { return same(); }
        var question = { filter: params, theme: theme, stamp: ready.stamp };
        if (narrow()) { question.narrow = true; }
        if (view === "map") { question.x = x; question.y = y; }
        if (view === "profiles") { question.metric = metric; }
        if (view === "makeup") { question.by = by; }
        if (view === "sizes" && now.sort) { question.sort = now.sort; }
        var text = JSON.stringify(question), panel = byId("segments-panel-" + view);
        if (asked[view] === text && panel && panel.dataset.asked === text) { return same(); }
        asked[view] = text;
        if (panel) {
          panel.dataset.asked = text;
          panel.classList.add("is-asked");
          panel.setAttribute("aria-busy", "true");
          clearTimeout(fades[view]);
          fades[view] = setTimeout(function () { done(view); }, 15000);
        }
        set("segments-draw-" + view, { data: question });
        return same();
      },

      drawn: function () {
        Object.keys(VIEWS).forEach(function (view) {
          var context = window.dash_clientside.callback_context;
          var changed = (context.triggered || []).some(function (one) { return one.prop_id === VIEWS[view][0] + ".figure"; });
          if (changed) { done(view); }
        });
      },

      // Options of the chooser are there while it is open only, or their names would be found beside the filters'.
      defs: function (ready, columns) {
        if (!ready) { return same(); }
        now.columns = columns || [];
        var shown = ready.defs.filter(function (def) {
          return def.field === "customer_id" || now.columns.indexOf(def.field) >= 0;
        });
        return shown;
      },

      table: function (told, columnDefs, ready) {
        var params = told && told.filter;
        if (!params || !ready || !columnDefs || !columnDefs.length || params.segmentation !== ready.segmentation) { return; }
        clearTimeout(tableTimer);
        var tries = 0;
        tableTimer = setTimeout(function refresh() {
          var api = grid();
          // On a slow machine the filter is there before the table is.
          if (!api) { if (tries++ < 100) { tableTimer = setTimeout(refresh, 150); } return; }
          if (api.getDisplayedRowCount()) { api.ensureIndexVisible(0); }
          api.setGridOption("context", Object.assign({ columns: fields(columnDefs).join(",") }, params));
          api.purgeInfiniteCache();
          tries = 0;
          tableTimer = setTimeout(function filled() {
            // After a filter that nobody met the table may miss the next answer: it is asked again.
            // The page may have been left since.
            if (api.isDestroyed()) { return; }
            var row = api.getDisplayedRowAtIndex(0), count = byId("segments-count");
            if (!count || (row && row.data) || tries++ >= 5) { return; }
            if (count.textContent && count.textContent !== "0") { api.purgeInfiniteCache(); }
            tableTimer = setTimeout(filled, 1500);
          }, 1500);
        }, 60);
      },

      click: function (click) {
        if (!click) { return same(); }
        var key = clickedKey(click);
        if (key && key.indexOf(">") < 0) { pick(key); }
        return null;
      },

      // In space a trace is a segment, and its rank is the segment's place.
      clickSpace: function (click, figure) {
        if (!click) { return same(); }
        var point = click.points && click.points[0];
        var trace = point && figure && figure.data && figure.data[point.curveNumber];
        if (trace && now.ready && trace.legendrank !== undefined) { pick(now.ready.keys[trace.legendrank]); }
        return null;
      },

      clickMakeup: function (click, by) {
        if (!click) { return same(); }
        var data = click.points && click.points[0] && click.points[0].customdata;
        if (Array.isArray(data) && data.length === 2 && by) { where(by, data[1] === null ? "" : String(data[1])); }
        else { var key = clickedKey(click); if (key) { pick(key); } }
        return null;
      },

      clickFlow: function (click) {
        if (!click) { return same(); }
        var key = clickedKey(click);
        if (key && key.indexOf(">") >= 0) { flow(join(key.split(">"))); }
        else if (key) { pick(key); }
        return null;
      },

      lasso: function (selected, x, y) {
        if (!selected || !(selected.lassoPoints || selected.range)) { return same(); }
        var text = region(selected, x, y);
        if (text && text !== now.extra.region) { also("region", text); }
        return null;
      },

      lassoPlane: function (selected) {
        return window.dash_clientside.segments.lasso(selected, "pc1", "pc2");
      },

      addValue: function (value, attribute) {
        if (!value || value[0] !== "=" || !attribute) { return same(); }
        var plain = value.slice(1);
        if (((now.extra.where || {})[attribute] || []).indexOf(plain) < 0) { where(attribute, plain); }
        return NOTHING;
      },

      // Another analysis is another one in the bar on top too; a table of customers has no place there.
      follow: function (source, top) {
        var kind = String(source || "").split(":");
        if (kind[0] === "analysis" && kind[1] !== top) { set("shell-dataset", { value: kind[1] }); }
      },

      clear: function (clicks) {
        if (clicks) { clear(); focusChips(); }
        return same();
      },

      atRisk: function (clicks, shown) {
        if (clicks && shown) { go("/download/segments.csv?" + new URLSearchParams({ segmentation: shown, at_risk: "1" })); }
      },

      download: function (clicks, params, format, columnDefs) {
        if (!clicks || !params) { return; }
        var api = grid(), sorted = api ? api.getColumnState().filter(function (one) { return one.sort; }) : [];
        sorted.sort(function (a, b) { return (a.sortIndex || 0) - (b.sortIndex || 0); });
        var query = Object.assign({ columns: fields(columnDefs || []).join(",") }, params);
        if (sorted.length) { query.sort = sorted.map(function (one) { return one.colId + ":" + one.sort; }).join(","); }
        go("/download/segments." + format + "?" + new URLSearchParams(query));
      }
    }
  });

  function fields(defs) { return defs.map(function (def) { return def.field; }); }

  function done(view) {
    var panel = byId("segments-panel-" + view);
    clearTimeout(fades[view]);
    if (panel) { panel.classList.remove("is-asked"); panel.removeAttribute("aria-busy"); }
  }

  // Buttons inside what the server writes: chips, and the listed flows.
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-seg-remove], [data-seg-flow], [data-seg-pick], [data-seg-sort]");
    if (!button) { return; }
    if (button.dataset.segRemove) { remove(button.dataset.segRemove, button.dataset.segValue || ""); focusChips(); }
    else if (button.dataset.segSort) { sort(button.dataset.segSort); }
    else if (button.dataset.segFlow) { flow(button.dataset.segFlow); }
    else { pick(button.dataset.segPick); }
  });

  // On a phone the filters open on demand, so that the charts come first.
  document.addEventListener("click", function (event) {
    var toggle = event.target.closest && event.target.closest("#segments-filters");
    if (!toggle) { return; }
    var open = toggle.getAttribute("aria-expanded") !== "true";
    toggle.setAttribute("aria-expanded", String(open));
    byId("segments-filters-body").classList.toggle("is-open", open);
  });

  // The chooser of columns: its boxes are there while it is open, and it closes as menus do.
  document.addEventListener("toggle", function (event) {
    if (event.target.id !== "segments-columns-box" || !now.ready) { return; }
    set("segments-columns", { options: event.target.open ? now.ready.columns : [] });
  }, true);
  document.addEventListener("click", function (event) {
    var box = byId("segments-columns-box");
    if (box && box.open && !box.contains(event.target)) { box.open = false; }
  });
  document.addEventListener("keydown", function (event) {
    var box = byId("segments-columns-box");
    if (event.key === "Escape" && box && box.open) { box.open = false; box.querySelector("summary").focus(); }
  });
})();
