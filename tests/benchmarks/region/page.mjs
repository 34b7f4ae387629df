// How long the page of a site takes in a real Chromium until all its curves are drawn, each time for the first time.
//   node page.mjs '{"url": ..., "token": ..., "modules": ..., "chromium": ..., "visits": 5, "line": {"kbit": 400, "ms": 300}}'
// Prints for each visit milliseconds and the bytes that came over the line, as JSON.
import { createRequire } from "node:module";

const task = JSON.parse(process.argv[2]);
const { chromium } = createRequire(task.modules + "/")("playwright-core");
const browser = await chromium.launch({ executablePath: task.chromium, args: ["--no-sandbox", "--disable-gpu"] });

const visit = async () => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "de-DE" });
  await context.addCookies([{ name: "regionhub", value: task.token, url: task.url }]);
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  let bytes = 0;
  devtools.on("Network.loadingFinished", ({ encodedDataLength }) => { bytes += encodedDataLength; });
  if (task.line) {
    const speed = task.line.kbit * 125;
    await devtools.send("Network.emulateNetworkConditions",
      { offline: false, latency: task.line.ms, downloadThroughput: speed, uploadThroughput: speed });
  }
  const began = performance.now();
  await page.goto(task.url, { waitUntil: "commit" });
  await page.waitForFunction(() => {
    const charts = [...document.querySelectorAll("[data-chart]")];
    return document.readyState === "complete" && charts.length && charts.every((chart) => chart.querySelector("canvas"));
  });
  const ms = performance.now() - began;
  await context.close();
  return { ms, bytes };
};

await visit(); // the browser itself starts
const visits = [];
for (let i = 0; i < task.visits; i += 1) visits.push(await visit());
await browser.close();
console.log(JSON.stringify(visits));
