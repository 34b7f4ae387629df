// Charts of one site. Their curves come after the page, thinned by the server to what the box can show.
(() => {
  "use strict";
  const history = document.getElementById("history");
  if (!history || !window.uPlot) return;
  const root = document.documentElement;
  const language = root.lang === "en" ? "en-GB" : root.lang;
  const zone = "Europe/Berlin";
  const time = new Intl.DateTimeFormat(language, { timeZone: zone, day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" });
  const clock = new Intl.DateTimeFormat(language, { timeZone: zone, hour: "2-digit", minute: "2-digit" });
  const day = new Intl.DateTimeFormat(language, { timeZone: zone, day: "2-digit", month: "2-digit" });
  const number = (value, decimals) => value.toLocaleString(language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  const DASHES = [[], [8, 5], [2, 4]];
  const DAY = 86400000;
  const MARKS = { suspect: { tone: "warn", corners: [[0, -6], [6, 5], [-6, 5]] }, fail: { tone: "alarm", corners: [[0, -6], [6, 0], [0, 6], [-6, 0]] } };
  //: Paper is drawn larger and scaled down: sharp there, whatever the screen is.
  const SCREEN = { scale: 1, colour: (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim() };
  const PAPER = { scale: 2, width: 660, height: 280, colour: (name) => dayColours()[`--${name}`] };
  const plots = new Map();
  let medium = SCREEN;
  let asked = 0;

  // the colours of the day, also at night: those of :root outside of any condition
  let known = null;
  function dayColours() {
    known ??= Object.fromEntries([...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
      .filter((rule) => rule.selectorText === ":root")
      .flatMap(({ style }) => [...style].map((name) => [name, style.getPropertyValue(name).trim()])));
    return known;
  }

  // Times are sent as distances; marks stand beside the line they belong to.
  function lineOf(sent, index) {
    let at = 0;
    return { ...sent, index, times: sent.times.map((step) => (at += step)) };
  }

  class Plot {
    constructor(card, chart, words) {
      this.box = card.querySelector(".chart");
      this.chart = chart;
      this.words = words;
      this.lines = chart.lines.map(lineOf);
      this.off = plots.get(card)?.off ?? new Set();
      this.keys = this.entries();
      this.draw();
      this.legend(card);
    }

    entries() {
      const several = this.lines.length > 1;
      return this.lines.flatMap((line) => [{ line, id: line.name, name: line.name },
        ...Object.keys(MARKS).filter((kind) => line[kind].length)
          .map((kind) => ({ line, kind, id: `${line.name} ${kind}`, name: this.words[kind] + (several ? ` (${line.name})` : "") }))]);
    }

    legend(card) {
      card.querySelector(".keys")?.remove();
      if (this.keys.length < 2) return;
      const list = document.createElement("div");
      list.className = "keys";
      for (const key of this.keys) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "plain";
        button.append(swatch(key), key.name);
        const show = () => button.setAttribute("aria-pressed", String(!this.off.has(key.id)));
        button.addEventListener("click", () => {
          if (!this.off.delete(key.id)) this.off.add(key.id);
          show();
          this.draw();
        });
        show();
        list.append(button);
      }
      this.box.before(list);
    }

    size() {
      const { scale, width = this.box.clientWidth, height = this.box.clientHeight } = medium;
      return { width: width * scale, height: height * scale };
    }

    fit() {
      if (medium === SCREEN) this.plot.setSize(this.size());
    }

    draw() {
      const { box, chart } = this;
      const size = this.size();
      this.plot?.destroy();
      const shown = this.lines.filter((line) => !this.off.has(line.name));
      const series = [{}];
      const bands = [];
      const tables = [];
      for (const line of shown) {
        const stroke = medium.colour(`series-${line.index % 4 + 1}`);
        const columns = [line.times, line.values];
        series.push({ label: line.name, stroke, width: 2.2 * medium.scale, dash: DASHES[line.index % 3].map((part) => part * medium.scale),
          points: { show: line.times.length < 40, size: 5 * medium.scale, fill: stroke } });
        if (line.low.length) {
          columns.push(line.low, line.high);
          bands.push({ series: [series.length + 1, series.length], fill: `color-mix(in srgb, ${stroke} 18%, transparent)` });
          series.push({ stroke: "transparent", width: 0, points: { show: false } }, { stroke: "transparent", width: 0, points: { show: false } });
        }
        tables.push(columns);
      }
      const data = tables.length ? uPlot.join(tables) : [[chart.start, chart.end]];
      this.plot = new uPlot({ ...this.options(series, bands), ...size }, data, box);
    }

    options(series, bands) {
      const { chart } = this;
      const { scale, colour } = medium;
      const font = `${13 * scale}px ${getComputedStyle(document.body).fontFamily}`;
      const axis = { stroke: colour("ink-2"), font, ticks: { show: false }, gap: 6 * scale };
      const grid = { stroke: colour("line"), width: scale };
      return {
        // at the right there is room for half of a date, which may stand at the very end
        padding: [10 * scale, 24 * scale, 0, 0],
        ms: 1,
        tzDate: (moment) => uPlot.tzDate(new Date(moment), zone),
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, hover: { prox: 40, skip: [null, undefined] }, points: { size: 8 } },
        scales: { x: { time: true, range: () => [chart.start, chart.end] }, y: { range: (_, low, high) => [chart.low ?? low, chart.high ?? high] } },
        axes: [
          { ...axis, grid: { show: false }, space: 64 * scale, size: 30 * scale,
            values: (_, at) => at.map((moment) => (at.length > 1 && at[1] - at[0] >= DAY || clock.format(moment) === "00:00" ? day : clock).format(moment)) },
          { ...axis, grid, space: 34 * scale, size: (_, labels) => (Math.max(2, ...(labels ?? []).map((label) => label.length)) * 8 + 12) * scale,
            values: (_, at, _axis, _space, step) => at.map((value) => number(value, (String(step).split(".")[1] ?? "").length)) },
        ],
        series,
        bands,
        hooks: { drawClear: [(plot) => this.ground(plot)], draw: [(plot) => this.marks(plot)], setCursor: [(plot) => this.tip(plot)] },
      };
    }

    // grounds between values, then limits across, below the curves
    ground(plot) {
      const { ctx, bbox } = plot;
      const { scale, colour } = medium;
      const y = (value) => Math.min(Math.max(plot.valToPos(value, "y", true), bbox.top), bbox.top + bbox.height);
      const ratio = scale * uPlot.pxRatio;
      ctx.save();
      for (const band of this.chart.bands) {
        const top = band.high === null ? bbox.top : y(band.high);
        const bottom = band.low === null ? bbox.top + bbox.height : y(band.low);
        ctx.globalAlpha = 0.09;
        ctx.fillStyle = colour(`${band.tone}-strong`);
        ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
      }
      ctx.globalAlpha = 1;
      ctx.lineWidth = 1.5 * ratio;
      ctx.setLineDash([6 * ratio, 4 * ratio]);
      for (const limit of this.chart.limits) {
        ctx.strokeStyle = colour(`${limit.tone}-strong`);
        ctx.beginPath();
        ctx.moveTo(bbox.left, y(limit.value));
        ctx.lineTo(bbox.left + bbox.width, y(limit.value));
        ctx.stroke();
      }
      ctx.restore();
    }

    // labels of limits and flagged values, above the curves
    marks(plot) {
      const { ctx, bbox } = plot;
      const { scale, colour } = medium;
      const ratio = scale * uPlot.pxRatio;
      ctx.save();
      ctx.font = `${12 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
      ctx.textAlign = "left";
      ctx.textBaseline = "bottom";
      ctx.fillStyle = colour("ink");
      for (const limit of this.chart.limits) ctx.fillText(limit.label, bbox.left + 6 * ratio, plot.valToPos(limit.value, "y", true) - 3 * ratio);
      ctx.fillStyle = colour("card");
      ctx.lineWidth = 2 * ratio;
      for (const { kind, line, id } of this.keys) {
        if (!kind || this.off.has(id)) continue;
        ctx.strokeStyle = colour(`${MARKS[kind].tone}-strong`);
        for (const [at, value] of line[kind]) {
          const x = plot.valToPos(at, "x", true);
          const y = plot.valToPos(value, "y", true);
          ctx.beginPath();
          for (const [right, down] of MARKS[kind].corners) ctx.lineTo(x + right * ratio, y + down * ratio);
          ctx.closePath();
          ctx.fill();
          ctx.stroke();
        }
      }
      ctx.restore();
    }

    tip(plot) {
      let tip = plot.over.querySelector(".tip");
      if (!tip) {
        tip = document.createElement("div");
        tip.className = "tip";
        plot.over.append(tip);
      }
      const { left, idxs } = plot.cursor;
      const rows = [];
      let moment = null;
      if (left >= 0) {
        plot.series.forEach((one, index) => {
          const at = one.label && index ? idxs[index] : null;
          if (at == null || plot.data[index][at] == null) return;
          moment ??= plot.data[0][at];
          rows.push(`${one.label}: ${number(plot.data[index][at], this.chart.decimals)} ${this.chart.unit}`);
        });
        for (const { kind, line, id, name } of this.keys) {
          if (!kind || this.off.has(id)) continue;
          const near = line[kind].find(([at]) => Math.abs(plot.valToPos(at, "x") - left) < 6);
          if (!near) continue;
          moment ??= near[0];
          rows.push(`${name}: ${number(near[1], this.chart.decimals)} ${this.chart.unit}`);
        }
      }
      tip.hidden = !rows.length;
      if (!rows.length) return;
      tip.textContent = [time.format(moment), ...rows].join("\n");
      const x = left > plot.over.clientWidth / 2 ? left - tip.offsetWidth - 12 : left + 12;
      tip.style.transform = `translate(${x}px, 8px)`;
    }
  }

  function swatch({ line, kind }) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "-10 -8 20 16");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    if (kind) {
      path.setAttribute("d", `M${MARKS[kind].corners.join("L")}z`);
      path.setAttribute("class", `tone-${MARKS[kind].tone}`);
    } else {
      path.setAttribute("d", "M-10 0H10");
      path.setAttribute("class", `series-${line.index % 4 + 1}`);
      path.setAttribute("stroke-dasharray", DASHES[line.index % 3].join(" "));
    }
    svg.append(path);
    return svg;
  }

  function show({ charts, words }) {
    for (const chart of charts) {
      const card = history.querySelector(`[data-chart="${CSS.escape(chart.name)}"]`);
      if (!card) continue;
      card.querySelector("[data-rollup]").textContent = chart.rollup && ` · ${chart.rollup}`;
      const box = card.querySelector(".chart");
      box.hidden = !chart.count;
      box.setAttribute("aria-label", chart.label);
      card.querySelector("[data-empty]").hidden = Boolean(chart.count);
      const note = card.querySelector("[data-note]");
      note.hidden = !chart.note;
      note.lastElementChild.textContent = chart.note;
      plots.get(card)?.plot.destroy();
      if (chart.count) plots.set(card, new Plot(card, chart, words));
    }
  }

  async function load() {
    const box = history.querySelector(".chartcard");
    if (!box) return;
    asked = Math.min(4000, Math.max(100, Math.ceil(box.clientWidth * devicePixelRatio)));
    try {
      const answer = await fetch(`${history.dataset.curves}&breite=${asked}`, { headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      show(await answer.json());
      history.classList.remove("failed");
    } catch {
      if (!plots.size) history.classList.add("failed");
    }
  }

  const on = (next) => () => {
    medium = next;
    each((plot) => plot.draw());
  };
  const each = (act) => plots.forEach((plot) => act(plot));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => each((plot) => plot.draw()));
  addEventListener("resize", () => {
    each((plot) => plot.fit());
    if (history.clientWidth * devicePixelRatio > asked * 1.2) load();
  });
  addEventListener("beforeprint", on(PAPER));
  addEventListener("afterprint", on(SCREEN));
  document.body.addEventListener("live", load);
  load();
})();
