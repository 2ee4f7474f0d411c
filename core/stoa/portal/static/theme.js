// Light or dark as it was chosen last; before the page is drawn, so that nothing flickers.
(() => {
  let chosen = null;
  try { chosen = localStorage.getItem("stoa-theme"); } catch { /* storage is switched off */ }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
