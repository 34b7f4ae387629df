"use strict";
// Draws the lines of each panel. Points of lines have different times: all times are on the axis, a line bridges
// those of others, and a null of its own breaks it.

const COLOURS = ["#0f559c", "#ad440a", "#22692a", "#7b3f98", "#8a5000", "#0b7a75", "#a8201a", "#55605e"];

for (const place of document.querySelectorAll(".lines")) {
  const { lines, unit, bars } = JSON.parse(place.dataset.lines);
  const times = [...new Set(lines.flatMap((line) => line.points.map(([time]) => time)))].sort((a, b) => a - b);
  const index = new Map(times.map((time, number) => [time, number]));
  const data = [times];
  for (const line of lines) {
    const values = new Array(times.length).fill(undefined);
    for (const [time, value] of line.points) values[index.get(time)] = value;
    data.push(values);
  }
  const series = lines.map((line, number) => ({
    label: line.name,
    stroke: COLOURS[number % COLOURS.length],
    fill: bars ? COLOURS[number % COLOURS.length] + "99" : undefined,
    paths: bars ? uPlot.paths.bars() : undefined,
    value: (plot, value) => (value == null ? "–" : value.toLocaleString("de-DE", { maximumFractionDigits: 2 }) + unit),
  }));
  const panel = place.closest("section");
  new uPlot(
    {
      width: Math.max(200, panel.clientWidth - 30),
      height: Math.max(120, panel.clientHeight - 110),
      tzDate: (stamp) => uPlot.tzDate(new Date(stamp * 1e3), "Europe/Berlin"),
      axes: [{ values: [[86400, "{DD}.{MM}."], [3600, "{HH}:{mm}"], [60, "{HH}:{mm}"]] }, { size: 60 }],
      series: [{ label: "Zeit", value: "{DD}.{MM}. {HH}:{mm}" }, ...series],
    },
    data,
    place,
  );
}
