// Charts of one site, drawn from the series that the server put into the page.
(() => {
  "use strict";
  if (!window.echarts) return;
  const charts = new Map();
  const root = document.documentElement;
  // by name: the drawing follows the theme of the screen and the colours of paper by itself
  const colour = (name) => `var(--${name})`;
  const language = root.lang === "en" ? "en-GB" : root.lang;
  const zone = { timeZone: "Europe/Berlin" };
  const time = new Intl.DateTimeFormat(language, { ...zone, day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" });
  const clock = new Intl.DateTimeFormat(language, { ...zone, hour: "2-digit", minute: "2-digit" });
  const day = new Intl.DateTimeFormat(language, { ...zone, day: "2-digit", month: "2-digit" });
  const number = (value, decimals) => value.toLocaleString(language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  const SYMBOLS = ["solid", "dashed", "dotted"];

  function option(chart, words) {
    const ink = colour("ink");
    const soft = colour("ink-2");
    const line = colour("line");
    const palette = ["series-1", "series-2", "series-3", "series-4"].map(colour);
    const days = chart.end - chart.start > 3 * 86400000;
    const series = [];
    chart.lines.forEach((one, index) => {
      const stroke = palette[index % palette.length];
      if (one.band.length) {
        series.push({ name: `${one.name}-min`, type: "line", stack: `band${index}`, data: one.band.map(([t, low]) => [t, low]),
          lineStyle: { opacity: 0 }, symbol: "none", silent: true, tooltip: { show: false }, stackStrategy: "all" });
        series.push({ name: `${one.name}-max`, type: "line", stack: `band${index}`, data: one.band.map(([t, low, high]) => [t, low === null ? null : high - low]),
          lineStyle: { opacity: 0 }, areaStyle: { color: stroke, opacity: 0.18 }, symbol: "none", silent: true, tooltip: { show: false }, stackStrategy: "all" });
      }
      const main = { name: one.name, type: "line", data: one.points, connectNulls: false, showSymbol: one.points.length < 40, symbolSize: 4,
        color: stroke, lineStyle: { width: 2.2, type: SYMBOLS[index % 3] }, emphasis: { disabled: true }, z: 3 };
      if (index === 0) {
        main.markLine = { silent: true, symbol: "none", data: chart.limits.map((limit) => ({ yAxis: limit.value,
          lineStyle: { color: colour(`${limit.tone}-strong`), type: "dashed", width: 1.5 },
          label: { formatter: limit.label, position: "insideStartTop", color: ink } })) };
        main.markArea = { silent: true, data: chart.bands.map((band) => [
          { yAxis: band.low ?? -1e6, itemStyle: { color: colour(`${band.tone}-strong`), opacity: 0.09 }, label: { show: false } },
          { yAxis: band.high ?? 1e6 }]) };
      }
      series.push(main);
      for (const [flag, symbol, tone] of [["suspect", "triangle", "warn"], ["fail", "diamond", "alarm"]]) {
        if (!one[flag].length) continue;
        series.push({ name: `${words[flag]}${chart.lines.length > 1 ? ` (${one.name})` : ""}`, type: "scatter", data: one[flag], symbol, symbolSize: 11, emphasis: { disabled: true },
          itemStyle: { color: colour("card"), borderColor: colour(`${tone}-strong`), borderWidth: 2 }, z: 5 });
      }
    });
    const shown = series.filter((one) => !/-(min|max)$/.test(one.name)).map((one) => one.name);
    return {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink },
      grid: { left: 8, right: 14, top: shown.length > 1 ? 40 : 16, bottom: 8, containLabel: true },
      legend: { show: shown.length > 1, data: shown, top: 0, left: 0, type: "scroll", itemWidth: 20, itemHeight: 10, textStyle: { color: ink }, pageTextStyle: { color: ink } },
      tooltip: { trigger: "axis", renderMode: "richText", confine: true, backgroundColor: colour("card"), borderColor: line, textStyle: { color: ink },
        formatter: (rows) => [time.format(rows[0].value[0])].concat(rows.filter((row) => shown.includes(row.seriesName) && row.value[1] !== null)
          .map((row) => `${row.seriesName}: ${number(row.value[1], chart.decimals)} ${chart.unit}`)).join("\n") },
      xAxis: { type: "time", min: chart.start, max: chart.end, axisLine: { lineStyle: { color: line } }, splitNumber: 5,
        axisLabel: { color: soft, hideOverlap: true, formatter: (value) => (days ? day : clock).format(value) }, splitLine: { show: false } },
      yAxis: { type: "value", scale: true, min: chart.low, max: chart.high, axisLabel: { color: soft, showMinLabel: false, showMaxLabel: false, formatter: (value) => number(value, chart.high - chart.low < 8 ? chart.decimals : 0) }, splitLine: { lineStyle: { color: line } } },
      series,
    };
  }

  function draw() {
    const source = document.getElementById("series");
    if (!source) return;
    const all = JSON.parse(source.dataset.series);
    const words = JSON.parse(source.dataset.words);
    document.querySelectorAll("[data-chart]").forEach((box) => {
      const data = all[box.dataset.chart];
      if (!data || !data.count) return;
      box.hidden = false;
      box.setAttribute("aria-label", data.label);
      if (!charts.has(box)) charts.set(box, echarts.init(box, null, { renderer: "svg" }));
      charts.get(box).setOption(option(data, words), true);
    });
    fit();
  }

  // Paper has another width than the screen, and no script runs once it is laid out: the drawing is
  // made for a sheet, and CSS scales it to what it is really printed on.
  const SCREEN = { width: "auto", height: "auto" };
  const SHEET = { width: 660, height: 280 };

  function fit(size = SCREEN) {
    charts.forEach((chart, box) => {
      chart.resize(size);
      chart.getZr().flush();
      box.querySelector("svg").setAttribute("viewBox", `0 0 ${chart.getWidth()} ${chart.getHeight()}`);
    });
  }

  draw();
  addEventListener("resize", () => fit());
  addEventListener("beforeprint", () => fit(SHEET));
  addEventListener("afterprint", () => fit());
  document.addEventListener("htmx:after:swap", draw);
})();
