// Draws the chart of a page from the table behind it: columns up for the first figure, down for the
// second, so that direction tells them apart as well as colour does.
(() => {
  "use strict";
  const box = document.getElementById("flow-chart");
  if (!box) return;
  const table = document.getElementById(box.dataset.table);
  const lang = box.dataset.lang;
  const heads = [...table.tHead.rows[0].cells].slice(1);
  const rows = [...table.tBodies[0].rows];
  const days = rows.map((row) => row.cells[0].dataset.day);
  const figures = heads.map((_, n) => rows.map((row) => Number(row.cells[n + 1].dataset.value)));

  const whole = new Intl.NumberFormat(lang);
  const short = new Intl.NumberFormat(lang, { notation: "compact", maximumFractionDigits: 1 });
  const dayShort = new Intl.DateTimeFormat(lang, { month: "short", day: "numeric", timeZone: "UTC" });
  const dayLong = new Intl.DateTimeFormat(lang, {
    weekday: "short", month: "short", day: "numeric", timeZone: "UTC",
  });
  const at = (day) => new Date(`${day}T00:00:00Z`);

  const chart = echarts.init(box, null, { renderer: "svg" });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  function draw() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const font = getComputedStyle(document.body).fontFamily;
    const ink = colour("--ink-soft");
    const colours = heads.map((head) => colour(`--${head.dataset.colour}`));
    const narrow = box.clientWidth < 520;
    chart.setOption({
      animation: !still,
      animationDuration: 350,
      backgroundColor: "transparent",
      textStyle: { fontFamily: font },
      aria: { enabled: true, label: { description: box.getAttribute("aria-label") } },
      grid: { left: 4, right: 4, top: 12, bottom: 4, containLabel: true },
      // What the pointer shows is an element of ours: the library's own needs inline styles, which the
      // page's policy forbids.
      tooltip: {
        trigger: "axis",
        showContent: false,
        axisPointer: { type: "shadow", shadowStyle: { color: colour("--pointer") } },
      },
      xAxis: {
        type: "category",
        data: days,
        axisLine: { show: false, onZero: false },
        axisTick: { show: false },
        axisLabel: {
          color: ink, fontSize: 12, hideOverlap: true, margin: 14,
          formatter: (day) => dayShort.format(at(day)),
        },
      },
      yAxis: {
        type: "value",
        splitNumber: narrow ? 3 : 5,
        axisLabel: { color: ink, fontSize: 12, formatter: (value) => short.format(Math.abs(value)) },
        splitLine: { lineStyle: { color: colour("--line") } },
      },
      series: heads.map((head, n) => ({
        type: "bar",
        name: head.textContent,
        stack: "flow",
        data: n === 0 ? figures[n] : figures[n].map((value) => -value),
        barMaxWidth: 22,
        barCategoryGap: days.length > 40 ? "18%" : "34%",
        itemStyle: { color: colours[n], borderRadius: n === 0 ? [3, 3, 0, 0] : [0, 0, 3, 3] },
        emphasis: { disabled: true },
      })),
    }, { notMerge: true });
  }

  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  box.parentElement.append(tip);

  function element(name, text, ...children) {
    const made = document.createElement("div");
    made.className = name;
    if (text) made.textContent = text;
    made.append(...children);
    return made;
  }

  function tell(n) {
    const lines = heads.map((head, k) => element("tip-line", "",
      element(`tip-name tip-${head.dataset.colour}`, head.textContent),
      element("tip-value", whole.format(figures[k][n]))));
    tip.replaceChildren(element("tip-day", dayLong.format(at(days[n]))), ...lines);
  }

  function place(x, y) {
    const beyond = x + tip.offsetWidth + 24 > box.clientWidth;
    const left = beyond ? x - tip.offsetWidth - 14 : x + 14;
    const top = Math.min(Math.max(y - tip.offsetHeight / 2, 0), box.clientHeight - tip.offsetHeight);
    tip.style.transform = `translate(${Math.max(left, 0)}px, ${top}px)`;
  }

  chart.getZr().on("mousemove", (event) => {
    const inside = chart.containPixel("grid", [event.offsetX, event.offsetY]);
    const n = inside ? chart.convertFromPixel({ gridIndex: 0 }, [event.offsetX, event.offsetY])[0] : -1;
    tip.hidden = !(n >= 0 && n < days.length);
    if (tip.hidden) return;
    tell(n);
    place(event.offsetX, event.offsetY);
  });
  chart.getZr().on("globalout", () => { tip.hidden = true; });

  draw();
  new ResizeObserver(() => chart.resize()).observe(box);
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  addEventListener("beforeprint", () => chart.resize());
})();
