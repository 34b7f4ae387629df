// Walks through every page in a real Chromium and reports what people would stumble over, as JSON.
//   node browser.mjs '{"url": ..., "modules": ..., "chromium": ..., "login": ..., "password": ..., "pages": [...], "screenshots": null}'
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const task = JSON.parse(process.argv[2]);
const require = createRequire(task.modules + "/");
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf-8");

const WIDTHS = [1280, 360];
const THEMES = ["light", "dark"];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
const COLOURS = ["color-contrast", "link-in-text-block"];
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

const report = { violations: [], console: [], foreign: [], overflow: [], prints: [], checks: {} };
const browser = await chromium.launch({ executablePath: task.chromium, args: FLAGS });

const open = async (width, theme, more = {}) => {
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 740 : 860 }, colorScheme: theme, locale: "de-DE", bypassCSP: false, ...more });
  await context.addInitScript(() => {
    // of a copy: reading would make the drawing itself slow
    window.pixelsOf = (canvas, left, width) => {
      const copy = new OffscreenCanvas(width, canvas.height).getContext("2d", { willReadFrequently: true });
      copy.drawImage(canvas, -left, 0);
      return copy.getImageData(0, 0, width, canvas.height).data;
    };
  });
  const page = await context.newPage();
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) report.console.push(`${page.url()}: ${message.text()}`); });
  page.on("pageerror", (error) => report.console.push(`${page.url()}: ${error}`));
  page.on("request", (request) => { if (!request.url().startsWith(task.url) && !request.url().startsWith("data:")) report.foreign.push(request.url()); });
  return page;
};
const signIn = async (page, login = task.login) => {
  await page.goto(task.url + "/anmelden");
  await page.fill("[name=benutzername]", login);
  await page.fill("[name=kennwort]", task.password);
  await page.press("[name=kennwort]", "Enter");
  await page.waitForSelector("nav.main");
};
// charts and tables that are loaded after the page
const loaded = (page) => page.waitForFunction(() => [...document.querySelectorAll("[data-chart]")].every((card) =>
  card.querySelector("canvas") || !card.querySelector("[data-empty]").hidden)
  && [...document.querySelectorAll("details[open] .values-box")].every((box) => box.querySelector("#values")));
const inspect = async (page, name) => {
  await page.waitForTimeout(350);
  await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
  await loaded(page);
  // evaluated by the debugger, so the page's own policy stays as strict as for everybody
  await page.evaluate(axe);
  await judge(page, name, RULES);
};
const judge = async (page, name, rules) => {
  const found = await page.evaluate(`axe.run(document, { runOnly: ${JSON.stringify(rules)}, resultTypes: ["violations"] })`);
  for (const one of found.violations) {
    report.violations.push(`${name}: ${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + " " + (node.any[0]?.message ?? "")).join(" | ")}`);
  }
  const wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  if (wide > 0) report.overflow.push(`${name}: ${wide} px`);
  const cells = await page.evaluate("[...document.querySelectorAll('td, tbody th, .main a, .figures a')].filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.innerText)");
  for (const text of cells) report.overflow.push(`${name}: beyond its cell: ${text}`);
  const broken = await page.evaluate("[...document.querySelectorAll('.main a span')].filter((one) => !one.innerText.trim().includes(' ') && one.offsetHeight > 1.8 * parseFloat(getComputedStyle(one).fontSize)).map((one) => one.innerText)");
  for (const text of broken) report.overflow.push(`${name}: a word of the navigation in two lines: ${text}`);
};

// Whether the screen is dark is a matter of style sheets alone: each page is loaded once, and by night only its colours are judged.
const visitor = async (width) => {
  const page = await open(width, "light");
  const visit = async (path) => {
    await page.goto(task.url + path);
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme });
      if (theme === "light") await inspect(page, `${path} ${width} ${theme}`);
      else await judge(page, `${path} ${width} ${theme}`, COLOURS);
      if (task.screenshots) {
        await page.waitForTimeout(400);
        const name = path === "/" ? "lage" : path.slice(1).replaceAll(/[/?=]/g, "-");
        await page.screenshot({ path: `${task.screenshots}/${name}-${width}-${theme}.png`, fullPage: true });
      }
    }
  };
  return { page, visit };
};
const visitAll = async (width, cookies) => {
  const { page, visit } = await visitor(width);
  await visit("/anmelden");
  await page.context().addCookies(cookies);
  for (const path of task.pages) await visit(path);
  await page.context().close();
};
// what only those see who manage a town or the hub: on a phone, which has the least room
const visitDesks = async (login, paths) => {
  const { page, visit } = await visitor(360);
  await signIn(page, login);
  for (const path of paths) {
    await visit(path);
    report.checks[`desk ${path}`] = await page.locator("h1").innerText();
  }
  await page.context().close();
};

// how much of the first curve is drawn in the colour that it has by day, and how wide the drawing is
const ink = (page) => page.evaluate(() => {
  const canvas = document.querySelector(".chart canvas");
  const pixels = window.pixelsOf(canvas, 0, canvas.width);
  let count = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    if (Math.abs(pixels[i] - 11) + Math.abs(pixels[i + 1] - 89) + Math.abs(pixels[i + 2] - 97) < 20 && pixels[i + 3] > 200) count += 1;
  }
  return [count, canvas.width];
});

// what the live stream does, without waiting for a reading; resolves when the part has come
const refreshed = (page, part) => page.evaluate((selector) => new Promise((resolve) => {
  document.addEventListener("htmx:after:request", (event) => {
    if (event.target.matches?.(selector)) setTimeout(resolve, 200);
  });
  document.body.dispatchEvent(new CustomEvent("live"));
}), part);

const HOUR = 3600000;
const clock = new Intl.DateTimeFormat("de", { timeZone: "Europe/Berlin", hour: "2-digit", minute: "2-digit" });

// A sheet of paper: the page as it is printed, measured on paper of both orientations (mm), and as PDF.
const print = async (width, theme, paths, cookies) => {
  const page = await open(width, theme);
  await page.context().addCookies(cookies);
  // a chart that ends with a day has the longest label at its very end
  await page.route(/[?&]breite=/, async (route) => {
    const answer = await route.fetch();
    const curves = await answer.json();
    for (const chart of curves.charts) {
      do chart.end = (Math.floor(chart.end / HOUR) + 1) * HOUR; while (clock.format(chart.end) !== "00:00");
    }
    await route.fulfill({ response: answer, json: curves });
  });
  for (const path of paths) {
    await page.goto(task.url + path);
    if (path === task.chartPage) await loaded(page);
    for (const [name, landscape, paper] of [["hoch", false, 186], ["quer", true, 273]]) {
      const file = `${task.folder}/${path.replaceAll(/\W/g, "-")}${width}-${name}.pdf`;
      await page.pdf({ path: file, format: "A4", landscape });
      report.prints.push(file);
      await page.emulateMedia({ media: "print", colorScheme: theme });
      await page.setViewportSize({ width: Math.round(paper / 25.4 * 96), height: 900 });
      await page.evaluate("dispatchEvent(new Event('beforeprint'))");
      const wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
      if (wide > 0) report.overflow.push(`${path} ${width} on paper, ${name}: ${wide} px`);
      const cut = await page.evaluate(() => [...document.querySelectorAll(".chart")].flatMap((chart) => {
        const edge = chart.getBoundingClientRect();
        return [...chart.querySelectorAll("canvas")].flatMap((canvas) => {
          const place = canvas.getBoundingClientRect();
          // letters that reach the rim of the drawing are cut there
          const rim = [0, canvas.width - 1].map((x) => window.pixelsOf(canvas, x, 1).some(Boolean));
          return [place.right - edge.right, edge.left - place.left, rim.includes(true) ? 99 : 0];
        });
      }));
      report.checks[`cut ${path} ${width} ${name}`] = Math.max(0, ...cut);
      report.checks[`ink ${path} ${width} ${name}`] = await page.evaluate("getComputedStyle(document.body).color");
      await page.evaluate("dispatchEvent(new Event('afterprint'))");
      await page.emulateMedia({ media: null, colorScheme: theme });
      await page.setViewportSize({ width, height: 860 });
    }
  }
  await page.context().close();
};

// What one person does in one window, most of it waiting for what comes by itself.
const interact = async () => {
  // keyboard: the first stop skips to the content; the range of a chart is a link like any other
  const page = await open(1280, "light");
  await signIn(page);
  await page.keyboard.press("Tab");
  report.checks.skipLink = await page.evaluate("document.activeElement.className");
  await page.keyboard.press("Enter");
  report.checks.skipTarget = await page.evaluate("document.activeElement.id");
  await page.goto(task.url + task.chartPage);
  await page.focus("nav[aria-label=Zeitraum] a:nth-child(2)");
  await page.keyboard.press("Enter");
  await page.waitForURL(/zeitraum=7t/);
  await loaded(page);
  report.checks.chartDrawn = await page.locator(".chart canvas").count();

  // a curve can be left out, what is under the pointer is said, a table is loaded when it is opened
  report.checks.curve = await ink(page);
  await page.locator(".keys button").first().press("Enter");
  for (let tries = 0; tries < 50; tries += 1) {
    report.checks.leftOut = await ink(page);
    if (report.checks.leftOut[0] === 0) break;
    await page.waitForTimeout(100);
  }
  await page.locator(".chart .u-over").first().hover();
  report.checks.tip = await page.locator(".tip").first().innerText();
  report.checks.tableBefore = await page.locator("#values").count();
  await page.locator("details summary").first().press("Enter");
  await page.waitForSelector("#values tbody tr");
  report.checks.tableRows = await page.locator("#values tbody tr").count();

  // map and table find each other
  await page.goto(task.url + "/");
  await page.locator("[data-show]").first().waitFor();
  await page.locator("[data-show]").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector(".leaflet-popup a");
  report.checks.popup = await page.locator(".leaflet-popup a").first().getAttribute("href");
  report.checks.rowMarked = await page.locator("tr.marked").count();
  report.checks.invisibleSigns = await page.evaluate(`[...document.querySelectorAll("#map .marker")].filter((one) =>
    getComputedStyle(one.querySelector("text")).fill === getComputedStyle(one.firstElementChild).fill).map((one) => one.outerHTML)`);
  report.checks.zoom = await page.locator(".leaflet-control-zoom a").evaluateAll((all) => all.map((one) => one.title));
  report.checks.close = await page.locator(".leaflet-popup-close-button").getAttribute("aria-label");
  report.checks.popupText = await page.locator(".leaflet-popup-content").innerText();

  // a refresh leaves what is open and what has the focus
  await page.locator(".leaflet-popup-content a").focus();
  await refreshed(page, "#sites");
  report.checks.popupAfterRefresh = await page.locator(".leaflet-popup-content").innerText();
  report.checks.focusAfterRefresh = await page.evaluate("document.activeElement.closest('.leaflet-popup') !== null");

  // the filter works without loading the page anew; from far away the map shows everything
  for (let i = 0; i < 12; i += 1) {
    await page.locator(".leaflet-control-zoom-out").press("Enter");
    await page.waitForTimeout(60);
  }
  await page.selectOption("select[name=art]", "gauge");
  // those that would lie on each other are one marker with their number
  await page.waitForFunction(() => document.querySelectorAll("#sites tbody tr").length
    === [...document.querySelectorAll("#map .marker")].reduce((sum, one) => sum + Number(one.querySelector(".count")?.textContent ?? 1), 0)
    && !/gießen/.test(document.querySelector("#sites").textContent));
  report.checks.filterAddress = new URL(page.url()).search;

  await page.selectOption("select[name=art]", "tree");
  await page.waitForSelector(".leaflet-popup", { state: "detached" });

  await page.goto(task.url + "/eingang");
  await page.locator("#sources .original summary").first().click();
  await page.waitForResponse((response) => new URL(response.url()).pathname === "/eingang" && response.request().headers()["hx-request"], { timeout: 15000 });
  await page.waitForTimeout(200);
  report.checks.detailsAfterRefresh = await page.locator("#sources .original[open]").count();

  // what cannot be fetched for a moment takes nothing away
  const opened = page.waitForResponse(/\/stream/);
  await page.goto(task.url + "/pegel");
  await opened;
  const cards = await page.locator(".board .card").count();
  await page.route(/\/(pegel|fortschritt)$/, (route) => route.fulfill({ status: 503, contentType: "text/html", body: "<main><h1>503</h1></main>" }));
  await refreshed(page, "#live");
  report.checks.kept = (await page.locator(".board .card").count()) === cards && (await page.locator("h1").count()) === 1;
  report.checks.offline = await page.locator("#offline").isVisible();
  await page.unroute(/\/(pegel|fortschritt)$/);
  await refreshed(page, "#live");
  report.checks.online = await page.locator("#offline").isHidden();

  // the live stream refreshes what is shown
  if (task.livePage) {
    const streams = page.waitForResponse(/\/stream/);
    await page.goto(task.url + task.livePage);
    await streams;
    const before = await page.locator("#live .level").innerText();
    console.error("LIVE");
    await page.waitForFunction((text) => document.querySelector("#live .level").innerText !== text, before, { timeout: 20000 });
    report.checks.live = await page.locator("#live .level").innerText();
    // a stream that was cut may have missed something: the page asks by itself
    await page.route(/\/stream/, (route) => route.fulfill({ contentType: "text/event-stream", body: "retry: 200\n\n" }), { times: 1 });
    const asked = page.waitForRequest((request) => new URL(request.url()).pathname === task.livePage
      && request.headers()["hx-request"], { timeout: 10000 });
    await page.goto(task.url + task.livePage);
    report.checks.askedAgain = await asked.then(() => true, () => false);
  }

  // a session that ends under an open page
  await page.goto(task.url + task.chartPage + "?zeitraum=7t");
  await page.context().clearCookies();
  await page.evaluate("htmx.ajax('GET', '/fortschritt', { target: '#progress' })");
  await page.waitForURL(/anmelden/);
  await page.fill("[name=benutzername]", task.login);
  await page.fill("[name=kennwort]", task.password);
  await page.press("[name=kennwort]", "Enter");
  await page.waitForSelector("nav.main");
  report.checks.backAgain = page.url().slice(task.url.length);
  await page.context().close();
};

// At night a chart is printed as by day.
const readAtNight = async (cookies) => {
  const page = await open(1280, "dark");
  await page.context().addCookies(cookies);
  await page.goto(task.url + task.chartPage);
  await loaded(page);
  report.checks.night = await ink(page);
  await page.evaluate("dispatchEvent(new Event('beforeprint'))");
  report.checks.paper = await ink(page);
  await page.context().close();
};

// A wall that hangs for weeks: many updates without the waits between them, then a server that is gone.
const watchWall = async (cookies) => {
  const page = await open(1280, "dark");
  await page.context().addCookies(cookies);
  await page.addInitScript(() => {
    const later = window.setTimeout;
    const ask = window.fetch;
    const now = Date.now;
    let text;
    window.hurry = true;
    window.updates = 0;
    window.skipped = 0;
    Date.now = () => now() + window.skipped;
    window.setTimeout = (act, ms, ...rest) => later(act, window.hurry && ms >= 10000 ? 0 : ms, ...rest);
    window.fetch = async (...what) => {
      if (!window.hurry) return ask(...what);
      window.updates += 1;
      text ??= await (await ask(...what)).text();
      return new Response(text.replace(/<b>\d+<\/b> cm/g, `<b>${window.updates % 400}</b> cm`));
    };
  });
  await page.goto(task.url + "/pegel/wand");
  const tools = await page.context().newCDPSession(page);
  await tools.send("HeapProfiler.enable");
  const used = async () => {
    await tools.send("HeapProfiler.collectGarbage");
    const { usedSize, embedderHeapUsedSize = 0 } = await tools.send("Runtime.getHeapUsage");
    return usedSize + embedderHeapUsedSize;
  };
  const updated = (most) => page.waitForFunction((number) => window.updates >= number, most, { timeout: 60000 });
  await updated(100);
  const before = await used();
  await updated(2100);
  await page.evaluate("hurry = false");
  // what waits for a timer of its own (8 seconds of each question) or a further collection is not kept
  let after = await used();
  for (let tries = 0; after - before > 2e6 && tries < 60; tries += 1) {
    await page.waitForTimeout(250);
    after = await used();
  }
  report.checks.wall = { bytes: after - before, level: await page.locator(".level b").first().innerText() };
  const found = page.locator("#lost");
  report.checks.wallQuiet = await found.isHidden();
  await page.context().setOffline(true);
  await page.evaluate("skipped = 25000");
  report.checks.wallLost = await found.waitFor({ timeout: 4500 }).then(() => true, () => false);
  await page.context().close();
};

// Without JavaScript everything is there as text and tables.
const readPlain = async () => {
  const page = await open(1280, "light", { javaScriptEnabled: false });
  await signIn(page);
  const cookies = await page.context().cookies();
  for (const path of task.pages) {
    await page.goto(task.url + path);
    report.checks[`plain ${path}`] = (await page.locator("main").innerText()).length;
  }
  await page.context().close();
  return cookies;
};

// who sees several towns
const visitRegion = async (width) => {
  const page = await open(width, "light");
  await signIn(page, task.region);
  for (const path of task.regionPages) {
    await page.goto(task.url + path);
    await inspect(page, `${path} of the region ${width}`);
  }
  await page.context().close();
};

// who manages the people of a town: adds one by keyboard, who then sets a password
const managePeople = async (width, theme) => {
  const page = await open(width, theme);
  const shoot = async (name) => {
    if (task.screenshots) await page.screenshot({ path: `${task.screenshots}/${name}-${width}-${theme}.png`, fullPage: true });
    await inspect(page, `${name} ${width} ${theme}`);
  };
  await signIn(page, task.admin);
  for (const path of ["/konto", "/personen"]) {
    await page.goto(task.url + path);
    await shoot(path.slice(1));
  }
  await page.focus("[name=name]");
  await page.keyboard.type("Berta Muster");
  await page.keyboard.press("Tab");
  await page.keyboard.type(`berta${width}${theme}@arnsberg.example`);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#link");
  await shoot("person-link");
  await page.click("[data-copy]");
  const link = await page.evaluate("getSelection().toString()");
  await page.click("main a.button");
  await page.waitForSelector("[action$=sperren]");
  await shoot("person");
  await page.context().clearCookies();
  await page.goto(link);
  await shoot("kennwort-setzen");
  await page.keyboard.press("Tab");
  await page.fill("[name=neu]", "another long one");
  await page.fill("[name=wiederholt]", "another long one");
  await page.keyboard.press("Enter");
  await page.waitForURL(/anmelden/);
  await shoot("kennwort-gesetzt");
  await page.goto(link);
  await shoot("link-benutzt");
  report.checks[`people ${width} ${theme}`] = await page.locator("h1").innerText();
  await page.context().close();
};

// All at once, so that the waiting of one is the working of another.
const walk = async () => {
  const cookies = await readPlain();
  await Promise.all([
    interact(),
    readAtNight(cookies),
    watchWall(cookies),
    ...WIDTHS.map((width) => visitAll(width, cookies)),
    ...WIDTHS.map(visitRegion),
    ...Object.entries(task.desks).map(([login, paths]) => visitDesks(login, paths)),
    managePeople(1280, "light"),
    managePeople(360, "dark"),
    print(1280, "light", task.printed, cookies),
    print(360, "dark", [task.chartPage], cookies),
  ]);
  report.console = report.console.filter((line) => !/status of (401|404|503)/.test(line)); // all on purpose
};

try {
  await walk();
} catch (error) {
  report.console.push(`stopped: ${error}`);
}
await browser.close();
console.log(JSON.stringify(report));
process.exit(0);
