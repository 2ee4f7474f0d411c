// Draws each chart of a page from the table behind it.
//
//   flow     columns by day, up for the first figure, down for the second, so that direction tells
//            them apart as well as colour does
//   course   a line by day for each figure
//   compare  bars side by side for each row of the table
//   matrix   a bubble for each row: from its first cell to its second, as large as the first figure
//
// A button with data-png saves the chart of that id as a picture.
(() => {
  "use strict";
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const at = (day) => new Date(`${day}T00:00:00Z`);

  function element(name, text, ...children) {
    const made = document.createElement("div");
    made.className = name;
    if (text) made.textContent = text;
    made.append(...children);
    return made;
  }

  const pictures = new Map();
  const most_names = 12;
  const text = (row, n) => row.cells[n].textContent.trim();

  function names(rows, n, weights) {
    const sums = new Map();
    rows.forEach((row, k) => sums.set(text(row, n), (sums.get(text(row, n)) ?? 0) + weights[k]));
    return [...sums.entries()].sort((a, b) => b[1] - a[1]).slice(0, most_names).map(([name]) => name);
  }

  function show(box) {
    const kind = box.dataset.kind ?? "flow";
    const table = document.getElementById(box.dataset.table);
    const lang = box.dataset.lang;
    const heads = [...table.tHead.rows[0].cells].filter((cell) => cell.dataset.colour);
    const rows = [...table.tBodies[0].rows];
    const byDay = kind === "flow" || kind === "course";
    const matrix = kind === "matrix";
    const keys = rows.map((row) => byDay ? row.cells[0].dataset.day : row.cells[0].textContent.trim());
    const figures = heads.map((head) => rows.map((row) => Number(row.cells[head.cellIndex].dataset.value)));

    const whole = new Intl.NumberFormat(lang);
    const short = new Intl.NumberFormat(lang, { notation: "compact", maximumFractionDigits: 1 });
    const dayShort = new Intl.DateTimeFormat(lang, { month: "short", day: "numeric", timeZone: "UTC" });
    const dayLong = new Intl.DateTimeFormat(lang, {
      weekday: "short", year: "numeric", month: "short", day: "numeric", timeZone: "UTC",
    });
    const named = (n) => byDay ? dayLong.format(at(keys[n])) : keys[n];

    // From the largest on, so that the first names are those that matter.
    const [from, to] = [0, 1].map((n) => matrix ? names(rows, n, figures[0]) : []);
    const pairs = rows.map((row, n) => [
      to.indexOf(text(row, 1)), from.indexOf(text(row, 0)), figures[0]?.[n] ?? 0,
    ]).filter((pair) => pair[0] >= 0 && pair[1] >= 0);
    const most = Math.max(1, ...pairs.map((pair) => pair[2]));

    const chart = echarts.init(box, null, { renderer: "svg" });

    const series = {
      flow: (n, colour) => ({
        type: "bar",
        stack: "flow",
        data: n === 0 ? figures[n] : figures[n].map((value) => -value),
        barMaxWidth: 22,
        barCategoryGap: keys.length > 40 ? "18%" : "34%",
        itemStyle: { color: colour, borderRadius: n === 0 ? [3, 3, 0, 0] : [0, 0, 3, 3] },
      }),
      course: (n, colour) => ({
        type: "line",
        data: figures[n],
        showSymbol: keys.length < 40,
        symbolSize: 5,
        lineStyle: { color: colour, width: n === 0 ? 1.5 : 2, type: n === 0 ? "dashed" : "solid" },
        itemStyle: { color: colour },
      }),
      compare: (n, colour) => ({
        type: "bar",
        data: figures[n],
        barMaxWidth: 26,
        barGap: "8%",
        itemStyle: { color: colour, borderRadius: [3, 3, 0, 0] },
      }),
      matrix: (_n, colour) => ({
        type: "scatter",
        data: pairs,
        symbolSize: (pair) => 6 + 38 * Math.sqrt(Math.max(pair[2], 0) / most),
        itemStyle: { color: colour, opacity: 0.82 },
      }),
    }[kind];

    function option() {
      const style = getComputedStyle(document.documentElement);
      const colour = (name) => style.getPropertyValue(name).trim();
      const font = getComputedStyle(document.body).fontFamily;
      const ink = colour("--ink-soft");
      const narrow = box.clientWidth < 520;
      const label = { color: ink, fontSize: 12 };
      const category = (data, more) => ({
        type: "category", data, axisLine: { show: false }, axisTick: { show: false },
        axisLabel: { ...label, overflow: "truncate", interval: 0, ...more },
        splitLine: { show: true, lineStyle: { color: colour("--line") } },
      });
      return {
        animation: !still,
        animationDuration: 350,
        backgroundColor: "transparent",
        textStyle: { fontFamily: font },
        aria: { enabled: true, label: { description: box.getAttribute("aria-label") } },
        grid: { left: 4, right: 4, top: 12, bottom: 4, containLabel: true },
        // What the pointer shows is an element of ours: the library's own needs inline styles, which
        // the page's policy forbids.
        tooltip: matrix ? undefined : {
          trigger: "axis",
          showContent: false,
          axisPointer: { type: "shadow", shadowStyle: { color: colour("--pointer") } },
        },
        xAxis: matrix ? category(to, { width: Math.max(40, box.clientWidth / (to.length + 2) - 8) }) : {
          type: "category",
          data: keys,
          axisLine: { show: false, onZero: false },
          axisTick: { show: false },
          axisLabel: {
            color: ink, fontSize: 12, hideOverlap: true, margin: 14,
            ...(byDay ? { formatter: (day) => dayShort.format(at(day)) }
              : { width: Math.max(48, box.clientWidth / keys.length - 14), overflow: "break", interval: 0 }),
          },
        },
        yAxis: matrix ? { ...category(from, { width: narrow ? 70 : 130 }), inverse: true } : {
          type: "value",
          minInterval: 1,
          splitNumber: narrow ? 3 : 5,
          axisLabel: { color: ink, fontSize: 12, formatter: (value) => short.format(Math.abs(value)) },
          splitLine: { lineStyle: { color: colour("--line") } },
        },
        series: heads.map((head, n) => ({
          name: head.textContent,
          emphasis: { disabled: true },
          ...series(n, colour(`--${head.dataset.colour}`)),
        })),
      };
    }

    const draw = () => chart.setOption(option(), { notMerge: true });

    const tip = document.createElement("div");
    tip.className = "tip";
    tip.hidden = true;
    box.parentElement.append(tip);

    function tell(n) {
      const lines = heads.map((head, k) => element("tip-line", "",
        element(`tip-name tip-${head.dataset.colour}`, head.textContent),
        element("tip-value", whole.format(figures[k][n]))));
      tip.replaceChildren(element("tip-day", named(n)), ...lines);
    }

    function place(x, y) {
      const beyond = x + tip.offsetWidth + 24 > box.clientWidth;
      const left = beyond ? x - tip.offsetWidth - 14 : x + 14;
      const top = Math.min(Math.max(y - tip.offsetHeight / 2, 0), box.clientHeight - tip.offsetHeight);
      tip.style.transform = `translate(${Math.max(left, 0)}px, ${top}px)`;
    }

    chart.on("mouseover", ({ data, event }) => {
      if (!matrix) return;
      tip.replaceChildren(element("tip-day", `${from[data[1]]} → ${to[data[0]]}`), element("tip-line", "",
        element(`tip-name tip-${heads[0].dataset.colour}`, heads[0].textContent),
        element("tip-value", whole.format(data[2]))));
      tip.hidden = false;
      place(event.offsetX, event.offsetY);
    });
    chart.on("mouseout", () => { if (matrix) tip.hidden = true; });
    if (!matrix) chart.getZr().on("mousemove", (event) => {
      const inside = chart.containPixel("grid", [event.offsetX, event.offsetY]);
      const n = inside
        ? chart.convertFromPixel({ gridIndex: 0 }, [event.offsetX, event.offsetY])[0] : -1;
      tip.hidden = !(n >= 0 && n < keys.length);
      if (tip.hidden) return;
      tell(n);
      place(event.offsetX, event.offsetY);
    });
    chart.getZr().on("globalout", () => { tip.hidden = true; });

    draw();
    new ResizeObserver(() => chart.resize()).observe(box);
    new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
    addEventListener("beforeprint", () => chart.resize());

    // Drawn once more as pixels, out of sight, on the ground that the page has just now.
    pictures.set(box.id, () => {
      const sheet = document.createElement("div");
      const copy = echarts.init(sheet, null, {
        renderer: "canvas", width: Math.max(box.clientWidth, 640), height: Math.max(box.clientHeight, 320),
      });
      copy.setOption({ ...option(), animation: false });
      const ground = getComputedStyle(document.documentElement).getPropertyValue("--surface").trim();
      const picture = copy.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: ground });
      copy.dispose();
      return picture;
    });
  }

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-png]") : null;
    const picture = button && pictures.get(button.dataset.png);
    if (!picture) return;
    const link = document.createElement("a");
    link.href = picture();
    link.download = button.dataset.name;
    link.click();
  });

  document.querySelectorAll(".chart[data-table]").forEach(show);
})();
