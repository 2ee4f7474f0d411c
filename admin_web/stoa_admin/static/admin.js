// What pages do beyond links and forms: theme, menus, dialogs, toasts, copying.
(() => {
  "use strict";
  const root = document.documentElement;

  const within = (event, selector) =>
    event.target instanceof Element ? event.target.closest(selector) : null;

  function switchTheme() {
    const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    root.dataset.bsTheme = theme;
    root.dataset.themeChosen = "yes";
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `stoa_theme=${theme}; path=/admin; max-age=31536000; samesite=lax${secure}`;
  }

  function closeMenus(except) {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  }

  function toast(kind, text) {
    const note = document.createElement("div");
    note.className = `note note-${kind}`;
    const words = document.createElement("span");
    words.textContent = text;
    note.append(words);
    document.getElementById("toasts").append(note);
    keep(note);
  }

  // Good news goes by itself after a while, bad news stays until it is closed.
  function keep(note) {
    if (note.dataset.kept) return;
    note.dataset.kept = "yes";
    const close = document.createElement("button");
    close.type = "button";
    close.className = "note-close";
    close.setAttribute("aria-label", document.body.dataset.close);
    close.textContent = "×";
    close.addEventListener("click", () => note.remove());
    note.append(close);
    if (!note.classList.contains("note-success")) return;
    let timer = setTimeout(() => note.remove(), 7000);
    const wait = () => clearTimeout(timer);
    const go = () => { timer = setTimeout(() => note.remove(), 3000); };
    note.addEventListener("mouseenter", wait);
    note.addEventListener("focusin", wait);
    note.addEventListener("mouseleave", go);
    note.addEventListener("focusout", go);
  }

  const keepAll = () => document.querySelectorAll("#toasts .note").forEach(keep);

  async function copy(button) {
    const text = document.getElementById(button.dataset.copies).textContent;
    try {
      await navigator.clipboard.writeText(text);
      toast("success", document.body.dataset.copied);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(document.getElementById(button.dataset.copies));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
    }
  }

  function showMoney(field) {
    const output = document.getElementById(field.dataset.minor);
    if (!output) return;
    const text = field.value.trim();
    if (!/^[0-9]{1,15}$/.test(text)) {
      output.textContent = "";
      return;
    }
    const decimals = Number(output.dataset.decimals);
    const money = new Intl.NumberFormat(root.lang, { style: "currency", currency: output.dataset.currency });
    output.textContent = money.format(Number(text) / 10 ** decimals);
  }

  function showPart(select) {
    const part = document.getElementById(select.dataset.shows);
    if (part) part.hidden = select.value !== select.dataset.when;
  }

  // The rooms of a narrow window lie behind a button.
  const showRooms = (button, open) => {
    button.setAttribute("aria-expanded", String(open));
    button.closest(".side").toggleAttribute("data-open", open);
  };

  // A row of parts that is wider than the window begins at the part that is open.
  const reach = () => {
    for (const here of document.querySelectorAll(".parts [aria-current], .tabs [aria-current]")) {
      const row = here.parentElement;
      row.scrollLeft = here.offsetLeft - (row.clientWidth - here.clientWidth) / 2;
    }
  };

  const prepare = () => {
    reach();
    keepAll();
    document.querySelectorAll("select[data-shows]").forEach(showPart);
  };

  document.addEventListener("click", (event) => {
    const menu = within(event, "details.menu");
    closeMenus(menu);
    if (within(event, "[data-theme-switch]")) switchTheme();
    const rooms = within(event, "[data-rooms]");
    if (rooms) showRooms(rooms, rooms.getAttribute("aria-expanded") !== "true");
    const opener = within(event, "[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    if (within(event, "[data-closes]")) within(event, "dialog").close();
    if (event.target instanceof HTMLDialogElement) event.target.close();
    const copier = within(event, "[data-copies]");
    if (copier) copy(copier);
    const row = within(event, ".table-rows tbody tr");
    if (row && !within(event, "a, button, input") && getSelection().isCollapsed) {
      row.querySelector("a.row-link")?.click();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      closeMenus(null);
      const rooms = document.querySelector("[data-rooms][aria-expanded=true]");
      if (rooms) { showRooms(rooms, false); rooms.focus(); }
    }
  });

  document.addEventListener("input", (event) => {
    if (within(event, "[data-minor]")) showMoney(event.target);
    if (within(event, "select[data-shows]")) showPart(event.target);
  });

  // A choice that brings other fields with it asks for the form anew, as the button would.
  document.addEventListener("change", (event) => {
    const choice = within(event, "[data-redraws]");
    if (choice) choice.form.requestSubmit(choice.form.querySelector("button[value='draw']"));
  });

  document.addEventListener("htmx:after:swap", () => {
    prepare();
    document.querySelector("[aria-invalid='true']")?.focus();
  });
  document.addEventListener("htmx:error", () => toast("danger", document.body.dataset.lost));
  document.addEventListener("htmx:response:error", (event) => {
    const status = event.detail.ctx.response.status;
    if (status !== 422 && status !== 409) toast("danger", document.body.dataset.failed);
  });

  prepare();

  // What is typed into a long form and not sent stays in this tab: one may go back and forth.
  const kept = "stoa-draft:";
  const worthKeeping = (field) =>
    field.name && field.name !== "csrf_token" && !["password", "file", "hidden"].includes(field.type);

  function keepDraft(form) {
    const key = kept + location.pathname;
    if (!form.querySelector(".is-invalid")) {
      const told = JSON.parse(sessionStorage.getItem(key) || "{}");
      for (const field of form.elements) {
        if (!worthKeeping(field) || !(field.name in told)) continue;
        if (field.type === "radio") field.checked = field.value === told[field.name];
        else if (field.type === "checkbox") field.checked = told[field.name];
        else field.value = told[field.name];
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
    form.addEventListener("input", () => {
      const told = {};
      for (const field of form.elements) {
        if (!worthKeeping(field) || (field.type === "radio" && !field.checked)) continue;
        told[field.name] = field.type === "checkbox" ? field.checked : field.value;
      }
      sessionStorage.setItem(key, JSON.stringify(told));
    });
    form.addEventListener("submit", () => sessionStorage.removeItem(key));
  }
  for (const form of document.querySelectorAll("form[data-draft]")) keepDraft(form);
  if (document.querySelector("form input[type=password]")) {
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith(kept)) sessionStorage.removeItem(key);
    }
  }
})();
