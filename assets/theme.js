// Runs in the head, before the first paint: the chosen theme, else what the system prefers.
(function () {
  var chosen = null;
  try { chosen = localStorage.getItem("lapwing-theme"); } catch (error) { /* storage may be closed */ }
  var dark = matchMedia("(prefers-color-scheme: dark)").matches;
  var theme = chosen === "light" || chosen === "dark" ? chosen : dark ? "dark" : "light";
  document.documentElement.setAttribute("data-bs-theme", theme);
})();
