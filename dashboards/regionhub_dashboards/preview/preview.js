"use strict";
// Draws the lines of each panel. Points of lines have different times: all times are on the axis, a line bridges
// those of others, and a null of its own breaks it.

const COLOURS = ["#0f559c", "#ad440a", "#22692a", "#7b3f98", "#8a5000", "#0b7a75", "#a8201a", "#55605e"];

for (const place of document.querySelectorAll(".lines")) {
  const { lines, span, unit, bars } = JSON.parse(place.dataset.lines);
  const times = [...new Set(lines.flatMap((line) => line.points.map(([time]) => time)))].sort((a, b) => a - b);
  const index = new Map(times.map((time, number) => [time, number]));
  const data = [times];
  for (const line of lines) {
    const values = new Array(times.length).fill(undefined);
    for (const [time, value] of line.points) values[index.get(time)] = value;
    data.push(values);
  }
  const look = lines.map((line, number) => line.colour ?? COLOURS[number % COLOURS.length]);
  const series = lines.map((line, number) => ({
    stroke: look[number],
    dash: line.dash ?? undefined,
    fill: bars ? look[number] + "99" : undefined,
    paths: bars ? uPlot.paths.bars() : undefined,
  }));
  const legend = document.createElement("ul");
  legend.className = "legend";
  lines.forEach((line, number) => {
    if (!line.named) return;
    const name = legend.appendChild(document.createElement("li"));
    name.style.borderColor = look[number];
    name.textContent = line.name;
  });
  const panel = place.closest("section");
  place.after(legend);
  new uPlot(
    {
      width: Math.max(200, panel.clientWidth - 24),
      height: Math.max(200, panel.clientHeight - legend.offsetHeight - 50),
      legend: { show: false },
      scales: { x: { range: span } },
      tzDate: (stamp) => uPlot.tzDate(new Date(stamp * 1e3), "Europe/Berlin"),
      axes: [
        { values: [[86400, "{DD}.{MM}."], [3600, "{HH}:{mm}"], [60, "{HH}:{mm}"]] },
        { size: 80, values: (plot, values) => values.map((value) => value.toLocaleString("de-DE") + unit) },
      ],
      series: [{}, ...series],
    },
    data,
    place,
  );
}
