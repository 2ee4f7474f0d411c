// Draws each chart of a page from the table behind it.
//
//   flow     columns by day, up for the first figure, down for the second, so that direction tells
//            them apart as well as colour does
//   course   a line by day for each figure
//   compare  bars side by side for each row of the table
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

  function show(box) {
    const kind = box.dataset.kind ?? "flow";
    const table = document.getElementById(box.dataset.table);
    const lang = box.dataset.lang;
    const heads = [...table.tHead.rows[0].cells].filter((cell) => cell.dataset.colour);
    const rows = [...table.tBodies[0].rows];
    const byDay = kind !== "compare";
    const keys = rows.map((row) => byDay ? row.cells[0].dataset.day : row.cells[0].textContent.trim());
    const figures = heads.map((head) => rows.map((row) => Number(row.cells[head.cellIndex].dataset.value)));

    const whole = new Intl.NumberFormat(lang);
    const short = new Intl.NumberFormat(lang, { notation: "compact", maximumFractionDigits: 1 });
    const dayShort = new Intl.DateTimeFormat(lang, { month: "short", day: "numeric", timeZone: "UTC" });
    const dayLong = new Intl.DateTimeFormat(lang, {
      weekday: "short", year: "numeric", month: "short", day: "numeric", timeZone: "UTC",
    });
    const named = (n) => byDay ? dayLong.format(at(keys[n])) : keys[n];

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
    }[kind];

    function draw() {
      const style = getComputedStyle(document.documentElement);
      const colour = (name) => style.getPropertyValue(name).trim();
      const font = getComputedStyle(document.body).fontFamily;
      const ink = colour("--ink-soft");
      const narrow = box.clientWidth < 520;
      chart.setOption({
        animation: !still,
        animationDuration: 350,
        backgroundColor: "transparent",
        textStyle: { fontFamily: font },
        aria: { enabled: true, label: { description: box.getAttribute("aria-label") } },
        grid: { left: 4, right: 4, top: 12, bottom: 4, containLabel: true },
        // What the pointer shows is an element of ours: the library's own needs inline styles, which
        // the page's policy forbids.
        tooltip: {
          trigger: "axis",
          showContent: false,
          axisPointer: { type: "shadow", shadowStyle: { color: colour("--pointer") } },
        },
        xAxis: {
          type: "category",
          data: keys,
          axisLine: { show: false, onZero: false },
          axisTick: { show: false },
          axisLabel: {
            color: ink, fontSize: 12, hideOverlap: true, margin: 14,
            ...(byDay ? { formatter: (day) => dayShort.format(at(day)) }
              : { width: Math.max(48, box.clientWidth / keys.length - 14), overflow: "truncate", interval: 0 }),
          },
        },
        yAxis: {
          type: "value",
          splitNumber: narrow ? 3 : 5,
          axisLabel: { color: ink, fontSize: 12, formatter: (value) => short.format(Math.abs(value)) },
          splitLine: { lineStyle: { color: colour("--line") } },
        },
        series: heads.map((head, n) => ({
          name: head.textContent,
          emphasis: { disabled: true },
          ...series(n, colour(`--${head.dataset.colour}`)),
        })),
      }, { notMerge: true });
    }

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

    chart.getZr().on("mousemove", (event) => {
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
  }

  document.querySelectorAll(".chart[data-table]").forEach(show);
})();
