// The search, the switch of light and dark, the navigation on wide screens. No other host is asked.
(() => {
  const root = document.documentElement;
  document.getElementById("theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("stoa-theme", root.dataset.theme); } catch { /* kept for this page alone */ }
  });

  const side = document.getElementById("side");
  const wide = matchMedia("(min-width: 60rem)");
  const unfold = () => { side.open = wide.matches; };
  unfold();
  wide.addEventListener("change", unfold);
  side.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });

  const box = document.querySelector(".search");
  const input = document.getElementById("search");
  const list = document.getElementById("found");
  const told = document.getElementById("told");
  const MOST = 12;
  let rows = null;
  let asked = null;
  let active = -1;

  function load() {
    asked ??= fetch(box.dataset.index).then((answer) => {
      if (!answer.ok) throw new Error(answer.status);
      return answer.json();
    }).then((told) => {
      rows = told.map(([path, page, heading, text]) =>
        ({ path, page, heading, text, low: [page, heading, text].map((each) => each.toLowerCase()) }));
    }).catch((wrong) => { asked = null; throw wrong; });
    return asked;
  }

  function score(row, terms) {
    let sum = 0;
    for (const term of terms) {
      const [page, heading, text] = row.low;
      const at = [heading, page, text].findIndex((each) => each.includes(term));
      if (at < 0) return 0;
      sum += [12, row.heading ? 6 : 14, 1][at];
      if (heading === term || (!heading && page === term)) sum += 20;
      if (heading.startsWith(term) || (!heading && page.startsWith(term))) sum += 4;
    }
    return sum;
  }

  function excerpt(row, term) {
    const at = Math.max(0, row.low[2].indexOf(term));
    const from = at > 40 ? row.text.indexOf(" ", at - 40) + 1 : 0;
    return (from ? "… " : "") + row.text.slice(from, from + 110);
  }

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function mark(number) {
    const options = list.querySelectorAll("[role=option]");
    options[active]?.setAttribute("aria-selected", "false");
    active = options.length ? (number + options.length) % options.length : -1;
    if (active < 0) return;
    options[active].setAttribute("aria-selected", "true");
    options[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[active].id);
  }

  async function look() {
    const terms = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (!terms.length) { told.textContent = ""; close(); return; }
    try { await load(); } catch { told.textContent = box.dataset.off; close(); return; }
    const found = rows.map((row) => [score(row, terms), row]).filter(([sum]) => sum)
      .sort((one, other) => other[0] - one[0]).slice(0, MOST);
    list.replaceChildren(...found.map(([, row], number) => {
      const option = document.createElement("li");
      option.id = `found-${number}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.path = row.path;
      const title = document.createElement("strong");
      title.textContent = row.heading ? `${row.page} › ${row.heading}` : row.page;
      const text = document.createElement("span");
      text.textContent = excerpt(row, terms[0]);
      option.append(title, text);
      return option;
    }));
    told.textContent = found.length ? `${found.length} ${box.dataset.found}` : box.dataset.none;
    list.hidden = !found.length;
    active = -1;
    input.setAttribute("aria-expanded", String(found.length > 0));
    input.removeAttribute("aria-activedescendant");
  }

  function go(option) {
    if (option) location.assign(option.dataset.path);
  }

  input.addEventListener("input", look);
  input.addEventListener("focus", () => { if (input.value) look(); });
  input.addEventListener("keydown", (event) => {
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves && !list.hidden) {
      event.preventDefault();
      mark(active < 0 && event.key === "ArrowUp" ? -1 : active + moves[event.key]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(list.querySelectorAll("[role=option]")[Math.max(0, active)]);
    } else if (event.key === "Escape") {
      input.value = "";
      told.textContent = "";
      close();
    }
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    go(event.target.closest("[role=option]"));
  });
  input.addEventListener("blur", close);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      input.focus();
    }
  });
})();
