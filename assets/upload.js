/* The file inputs of the data and the predict page: Dash has none, and dcc.Upload holds the whole file in memory.

   Mounts one <input type="file" aria-label="Upload data"> in #data-upload (which has no children of
   React's), sends the chosen file as a raw body to POST /upload and hands {token, name} to the store
   #data-upload-done; likewise "File to score" in #predict-upload. What runs is kept here, not in the page:
   another page and back shows it again. */
function lapwingUpload(ROOT, words, goToForm) {
  "use strict";

  const DONE = `${ROOT}-done`;
  const MESSAGE = ROOT.replace(/upload$/, "message");
  const RATE_WINDOW_MS = 3000;
  const state = { phase: "idle", text: "", name: "", sent: 0, total: 0, samples: [], xhr: null, done: null, toForm: false };
  let view = null;

  function element(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  function mount(root) {
    const input = element("input", {
      type: "file", id: `${ROOT}-file`, class: "data-drop-input",
      "aria-label": words.name, "aria-describedby": `${ROOT}-hint`,
    });
    const button = element("span", { class: "data-drop-button", "aria-hidden": "true" }, words.button);
    const hint = element("p", { class: "data-drop-hint", id: `${ROOT}-hint` },
      element("strong", {}, words.invitation), element("span", {}, words.kinds));
    const icon = element("i", { class: "bi bi-cloud-arrow-up data-drop-icon", "aria-hidden": "true" });
    const chooser = element("div", { class: "data-drop-choose" }, input, icon, hint, button);

    const label = element("p", { class: "data-progress-label", id: `${ROOT}-label` });
    const bar = element("progress", { max: "100", value: "0", "aria-labelledby": `${ROOT}-label` });
    const facts = element("p", { class: "data-progress-facts" });
    const cancel = element("button", { type: "button", class: "btn btn-outline-secondary btn-sm" }, "Cancel");
    const progress = element("div", { class: "data-drop-progress", hidden: "" },
      label, bar, element("div", { class: "data-progress-row" }, facts, cancel));

    const problem = element("p", { class: "data-drop-problem", role: "alert" });
    const status = element("p", { class: "visually-hidden", role: "status" });

    root.replaceChildren(chooser, progress, problem, status);
    view = { root, input, chooser, label, bar, facts, cancel, progress, problem, status };

    input.addEventListener("change", () => choose(input.files));
    cancel.addEventListener("click", stop);
    // Dropping beside the zone must not make the browser leave the page for the file.
    root.addEventListener("dragover", (event) => { event.preventDefault(); root.classList.add("is-over"); });
    root.addEventListener("dragleave", (event) => {
      if (!root.contains(event.relatedTarget)) root.classList.remove("is-over");
    });
    root.addEventListener("drop", (event) => {
      event.preventDefault();
      root.classList.remove("is-over");
      choose(event.dataTransfer.files);
    });
    show();
    setTimeout(deliver, 0);
  }

  function choose(files) {
    if (state.phase === "sending" || !files || files.length === 0) return;
    if (files.length > 1) return fail("One file at a time, please: drop or choose a single file.");
    if (files[0].size === 0) return fail(`“${files[0].name}” is empty (0 bytes). Choose a file with rows in it.`);
    send(files[0]);
  }

  async function send(file) {
    Object.assign(state, {
      phase: "sending", text: "", toForm: false, name: file.name, sent: 0, total: file.size, xhr: null,
      samples: [[performance.now(), 0]],
    });
    show(`Uploading ${file.name}.`);
    const refusal = await refused(file.size);
    if (state.phase !== "sending") return;
    if (refusal) return fail(refusal);

    const xhr = new XMLHttpRequest();
    state.xhr = xhr;
    xhr.open("POST", `${address()}?name=${encodeURIComponent(file.name)}`);
    xhr.setRequestHeader("Content-Type", "application/octet-stream");
    xhr.responseType = "json";
    xhr.upload.addEventListener("progress", (event) => {
      state.sent = event.loaded;
      state.samples.push([performance.now(), event.loaded]);
      show();
    });
    xhr.addEventListener("load", () => {
      const answer = xhr.response || {};
      if (xhr.status === 200 && answer.token) return finish(answer);
      fail(answer.error || `The server did not take the file (HTTP ${xhr.status}). Try again.`);
    });
    xhr.addEventListener("error", async () => {
      // A server that refuses halfway closes the connection: ask it why.
      fail((await refused(file.size)) || "The connection to Lapwing was lost. Check that it runs, then try again.");
    });
    xhr.send(file);
  }

  /* The sentence with which the server would refuse a file of that size, or null. */
  async function refused(bytes) {
    try {
      const answer = await fetch(`${address()}?bytes=${bytes}`, { cache: "no-store" });
      return answer.ok ? null : (await answer.json()).error;
    } catch {
      return null;
    }
  }

  function address() {
    return (view && view.root.dataset.url) || "/upload";
  }

  function finish(answer) {
    state.phase = "idle";
    state.xhr = null;
    state.done = { token: answer.token, name: answer.name };
    show(`${answer.name} is uploaded.`);
    deliver();
  }

  function deliver() {
    if (!state.done || !view || !view.root.isConnected || !window.dash_clientside?.set_props) return;
    // What was said of an earlier file does not concern this one.
    window.dash_clientside.set_props(MESSAGE, { children: null });
    window.dash_clientside.set_props(DONE, { data: state.done });
    state.done = null;
    state.toForm = true;
  }

  function stop() {
    if (state.phase !== "sending") return;
    state.phase = "idle";
    if (state.xhr) state.xhr.abort();
    state.xhr = null;
    show("The upload was cancelled; nothing was kept.");
    view?.input.focus();
  }

  function fail(text) {
    Object.assign(state, { phase: "failed", text, xhr: null });
    show();
  }

  function show(announcement) {
    if (!view) return;
    const sending = state.phase === "sending";
    const focused = view.chooser.contains(document.activeElement);
    view.chooser.hidden = sending;
    view.progress.hidden = !sending;
    if (view.problem.textContent !== (state.phase === "failed" ? state.text : "")) {
      view.problem.textContent = state.phase === "failed" ? state.text : "";
    }
    if (announcement) view.status.textContent = announcement;
    if (!sending) {
      view.input.value = "";
      return;
    }
    const share = state.total ? state.sent / state.total : 0;
    view.label.textContent = `Uploading ${state.name}`;
    view.bar.value = 100 * share;
    view.facts.textContent = facts(share);
    if (focused) view.cancel.focus();
  }

  function facts(share) {
    const rate = bytesPerSecond();
    const parts = [`${Math.floor(100 * share)} %`, `${size(state.sent)} of ${size(state.total)}`];
    if (rate > 0) parts.push(`${window.lapwingNumber(rate / 1e6, 1)} MB/s`);
    if (share === 1) parts.push("being written to disk");
    else if (rate > 0) parts.push(`${duration((state.total - state.sent) / rate)} left`);
    return parts.join(" · ");
  }

  function bytesPerSecond() {
    const samples = state.samples;
    const now = performance.now();
    while (samples.length > 2 && now - samples[0][0] > RATE_WINDOW_MS) samples.shift();
    const [[from, first], [to, last]] = [samples[0], samples[samples.length - 1]];
    return to > from ? (1000 * (last - first)) / (to - from) : 0;
  }

  function size(bytes) {
    return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${window.lapwingNumber(bytes / 1e6, bytes < 1e8 ? 1 : 0)} MB`;
  }

  function duration(seconds) {
    if (seconds < 60) return `${Math.max(1, Math.ceil(seconds))} s`;
    return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  }

  new MutationObserver(() => {
    const root = document.getElementById(ROOT);
    if (root && root.childElementCount === 0) mount(root);
    if (state.toForm && goToForm()) state.toForm = false;
  }).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["hidden"] });

  window.addEventListener("beforeunload", (event) => {
    if (state.phase === "sending") event.preventDefault();
  });

  /* Takes a file that is uploaded already, for the page to work on once it is there. */
  return { give: (upload) => { state.done = upload; deliver(); } };
}

/* What comes after an upload is the form, or the button: the keyboard and the eye go there. */
window.lapwingDataUpload = lapwingUpload("data-upload", {
  name: "Upload data",
  button: "Upload data",
  invitation: "Drop your shop’s export here, or choose it",
  kinds: "Orders, or a table of customers: CSV, text, Excel or Parquet, zipped or not.",
}, () => {
  const form = document.getElementById("data-mapping");
  if (!form || form.hidden) return false;
  document.getElementById("data-mapping-title").focus();
  form.scrollIntoView({ block: "start" });
  return true;
});
lapwingUpload("predict-upload", {
  name: "File to score",
  button: "Choose a file",
  invitation: "Drop orders here, or choose a file",
  kinds: "One row an order or a line of it, as for an import. It is scored, not kept as a data set.",
}, () => {
  const row = document.getElementById("predict-file-row");
  const button = document.getElementById("predict-start");
  if (!row || row.hidden || !button || button.disabled) return false;
  button.focus();
  return true;
});
lapwingUpload("roi-readout-upload", {
  name: "Result file",
  button: "Choose a file",
  invitation: "Drop the result here, or choose a file",
  kinds: "One row a customer, with the arm they were in and what they spent: CSV, text, Excel or Parquet.",
}, () => {
  const form = document.getElementById("roi-readout-form");
  if (!form || form.hidden) return false;
  document.getElementById("roi-readout-about").focus();
  return true;
});
