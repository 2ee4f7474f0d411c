// Finding anything: "/" or Ctrl-K opens a combobox; "?" shows every shortcut.
(() => {
  "use strict";
  const dialog = document.getElementById("find-dialog");
  const keys = document.getElementById("keys-dialog");
  if (!dialog || !keys) return;
  const field = document.getElementById("find-input");
  const list = document.getElementById("find-list");
  const told = document.getElementById("find-told");
  let timer = 0;
  let asked = 0;
  let opener = null;

  const hits = () => [...list.querySelectorAll("[role=option]")];
  const chosen = () => list.querySelector("[aria-selected=true]");

  function choose(hit) {
    hits().forEach((each) => each.setAttribute("aria-selected", String(each === hit)));
    if (hit) {
      field.setAttribute("aria-activedescendant", hit.id);
      hit.scrollIntoView({ block: "nearest" });
    } else {
      field.removeAttribute("aria-activedescendant");
    }
  }

  async function look() {
    const turn = ++asked;
    const text = field.value.trim();
    const address = `${dialog.dataset.address}?part=list&q=${encodeURIComponent(text)}`;
    let answer;
    try {
      answer = await fetch(address, { headers: { "HX-Request": "true" } });
    } catch {
      told.textContent = document.body.dataset.lost;
      return;
    }
    if (turn !== asked) return;
    if (!answer.ok || answer.redirected || answer.headers.has("HX-Redirect")) {
      location.reload();
      return;
    }
    list.innerHTML = await answer.text();
    const found = hits();
    field.setAttribute("aria-expanded", String(found.length > 0));
    choose(found[0] ?? null);
    told.textContent = found.length
      ? (found.length === 1 ? told.dataset.one : told.dataset.many.replace("#", String(found.length)))
      : (list.querySelector("[data-none]")?.textContent ?? "");
  }

  function open() {
    if (dialog.open) return;
    keys.close();
    opener = document.activeElement;
    dialog.showModal();
    field.select();
    look();
  }

  dialog.addEventListener("close", () => { opener?.focus?.(); });
  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 120); });
  field.addEventListener("keydown", (event) => {
    const found = hits();
    const at = found.indexOf(chosen());
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: found.length - 1 };
    if (event.key === "Enter") {
      event.preventDefault();
      chosen()?.click();
    } else if (event.key in moves && found.length && !(event.key === "Home" || event.key === "End" ? event.shiftKey : false)) {
      event.preventDefault();
      choose(found[(moves[event.key] + found.length) % found.length]);
    }
  });

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const button = event.target.closest("[data-finds]");
    if (button) { event.preventDefault(); open(); }
    if (event.target.closest("[data-keys]")) keys.showModal();
  });

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
      return;
    }
    const typing = event.target instanceof Element
      && event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (document.body.dataset.letters === "off") return;
    const go = (selector, deed) => {
      const found = document.querySelector(selector);
      if (found) { event.preventDefault(); deed(found); }
    };
    if (event.key === "/") { event.preventDefault(); open(); }
    if (event.key === "?") { event.preventDefault(); keys.showModal(); }
    if (event.key === "f") go("main #q", (each) => { each.focus(); each.select(); });
    if (event.key === "n") go(".pager [rel=next]", (each) => each.click());
    if (event.key === "p") go(".pager [rel=prev]", (each) => each.click());
    if (event.key === "g") go("#rooms a", (each) => each.focus());
  });
})();
