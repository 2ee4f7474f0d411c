// Lists: what is told after a part of one was changed, focus that stays, printing.
(() => {
  "use strict";
  let held = "";

  document.addEventListener("htmx:before:swap", () => { held = document.activeElement?.id ?? ""; });
  document.addEventListener("htmx:after:swap", () => {
    const told = document.getElementById("list-told");
    const list = document.getElementById("list");
    if (told && list) told.textContent = list.dataset.tells;
    if (held && document.activeElement === document.body) document.getElementById(held)?.focus();
  });

  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-prints]")) print();
  });
})();
