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

  document.addEventListener("change", (event) => {
    if (!(event.target instanceof HTMLInputElement)) return;
    const picks = [...document.querySelectorAll("[data-picks]")];
    const all = document.querySelector("[data-picks-all]");
    if (event.target === all) picks.forEach((each) => { each.checked = all.checked; });
    if (!all || !(event.target === all || picks.includes(event.target))) return;
    const chosen = picks.filter((each) => each.checked).length;
    all.checked = chosen > 0 && chosen === picks.length;
    all.indeterminate = chosen > 0 && chosen < picks.length;
  });

  document.addEventListener("submit", (event) => {
    if (!(event.target instanceof HTMLFormElement) || event.target.id !== "list-deeds") return;
    if (document.querySelector("[data-picks]:checked")) return;
    event.preventDefault();
    document.getElementById("list-told").textContent = event.target.dataset.none;
    document.querySelector("[data-picks]")?.focus();
  });
})();
