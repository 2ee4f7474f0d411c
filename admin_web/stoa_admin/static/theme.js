// Follows the system's light or dark until one was chosen; runs before the page is painted.
(() => {
  "use strict";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    if (!root.dataset.themeChosen) root.dataset.bsTheme = dark.matches ? "dark" : "light";
  };
  if (root.dataset.bsTheme) root.dataset.themeChosen = "yes";
  follow();
  dark.addEventListener("change", follow);

  // Paper is light.
  let before = "";
  addEventListener("beforeprint", () => {
    before = root.dataset.bsTheme;
    root.dataset.bsTheme = "light";
  });
  addEventListener("afterprint", () => { root.dataset.bsTheme = before; });
})();
