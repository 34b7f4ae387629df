// Pictures of the dashboards as `regionhub dashboards preview` draws them; says where a page is wider than the window.
//   node pictures.mjs '{"url": ..., "modules": ..., "chromium": ..., "uids": [...], "out": ...}'
import { createRequire } from "node:module";

const task = JSON.parse(process.argv[2]);
const { chromium } = createRequire(task.modules + "/")("playwright-core");
const browser = await chromium.launch({ executablePath: task.chromium, args: ["--no-sandbox", "--disable-gpu"] });
for (const width of [1280, 360]) {
  const page = await browser.newPage({ viewport: { width, height: 900 }, locale: "de-DE" });
  page.on("pageerror", (error) => console.log(`${width}: ${error.message}`));
  for (const uid of task.uids) {
    const answer = await page.goto(`${task.url}/${uid}`);
    if (!answer.ok()) throw new Error(`${uid}: ${answer.status()}`);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 0) console.log(`${uid} at ${width}: ${over} pixels too wide`);
    await page.screenshot({ path: `${task.out}/${uid}-${width}.png`, fullPage: true });
  }
}
await browser.close();
