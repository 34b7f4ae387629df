// Two phones on one list, eight hours without a network: what was entered arrives, each entry once.
//   node offline.mjs '{"server": port, "modules": ..., "chromium": ..., "logins": [anna, bernd, other], "password": ..., "folder": ..., "screenshots": null}'
// The clock of the pages is moved, not waited for. Prints what it saw as JSON.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import net from "node:net";

const task = JSON.parse(process.argv[2]);
const require = createRequire(task.modules + "/");
const { chromium } = require("playwright-core");
const axe = require("axe-core").source;
const report = { console: [], sizes: [], violations: [] };
const HOURS = 3_600_000, SHELL = "/giessen/unterwegs";

// The network between phones and server: it can be cut, and lose an answer.
const sockets = new Set();
let loses = 0;
const network = net.createServer((phone) => {
  const server = net.connect(task.server, "127.0.0.1");
  sockets.add(phone);
  let lost = false;
  phone.on("data", (data) => {
    if (loses && data.includes("POST /giessen/unterwegs/eintraege")) { lost = true; loses -= 1; }
    server.write(data);
  });
  server.on("data", (data) => { if (lost) phone.destroy(); else phone.write(data); });
  for (const [one, other] of [[phone, server], [server, phone]]) {
    one.on("error", () => other.destroy());
    one.on("close", () => { other.destroy(); sockets.delete(phone); });
  }
});
let port = 0;
const connect = () => new Promise((done) => network.listen(port, "127.0.0.1", () => { ({ port } = network.address()); done(); }));
const cut = () => new Promise((done) => { network.close(done); for (const one of sockets) one.destroy(); });
await connect();
const url = `http://127.0.0.1:${port}`;

class Phone {
  constructor(name, login) { Object.assign(this, { name, login }); }
  async launch() {
    this.process = spawn(task.chromium, ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--lang=de-DE", "--accept-lang=de-DE",
      "--disable-background-networking", "--disable-component-update", "--no-first-run", `--user-data-dir=${task.folder}/${this.name}`, "about:blank"]);
    const address = await new Promise((found) => {
      let said = "";
      this.process.stderr.on("data", (data) => { said += data; const match = said.match(/ws:\/\/\S+/); if (match) found(match[0]); });
    });
    this.browser = await chromium.connectOverCDP(address);
    [this.context] = this.browser.contexts();
    this.page = this.context.pages()[0] ?? (await this.context.newPage());
    this.page.on("pageerror", (error) => report.console.push(`${this.name}: ${error}`));
    this.page.on("console", (message) => { if (message.type() === "error" && !/ERR_|status of 409|status of 401/.test(message.text())) report.console.push(`${this.name}: ${message.text()}`); });
    this.page.on("dialog", (dialog) => void dialog.accept());
    this.page.setDefaultTimeout(20000);
    await this.page.setViewportSize({ width: 360, height: 640 });
    await this.page.emulateMedia({ colorScheme: "light" });
  }
  async kill() {
    const gone = new Promise((done) => this.process.once("exit", done));
    this.process.kill("SIGKILL");
    await gone;
    await this.browser.close().catch(() => {});
  }
  async signIn(login = this.login) {
    await this.page.goto(url + "/anmelden?weiter=" + SHELL);
    await this.page.fill("[name=benutzername]", login);
    await this.page.fill("[name=kennwort]", task.password);
    await this.page.press("[name=kennwort]", "Enter");
  }
  async open(hoursAgo) {
    await this.page.clock.setFixedTime(new Date(Date.now() - hoursAgo * HOURS));
    await this.page.goto(url + SHELL);
    await this.page.waitForSelector("#stops li[data-site]");
  }
  // ready for a day without a network
  async prepared() {
    await this.page.waitForSelector("body[data-ready=sent] #stops li[data-site]");
    await this.page.waitForFunction((shell) => navigator.serviceWorker.controller && caches.match(shell), SHELL);
  }
  async enter(sites, from, to) {
    for (const [number, site] of sites.entries()) {
      const hours = from - (from - to) * number / sites.length;
      await this.page.clock.setFixedTime(new Date(Date.now() - hours * HOURS));
      await this.page.click(`li[data-site="${site}"] [data-part=water]`);
      await this.page.waitForSelector(`li.done[data-site="${site}"]`);
    }
  }
  state() { return this.page.textContent("#state"); }
  async sent() { await this.page.waitForFunction(() => document.getElementById("state").textContent.startsWith("Alles gesendet")); }
  async wake() { await this.page.evaluate(() => dispatchEvent(new Event("online"))); }
}
const anna = new Phone("anna", task.logins[0]), bernd = new Phone("bernd", task.logins[1]);
for (const phone of [anna, bernd]) {
  await phone.launch();
  await phone.signIn();
  await phone.page.waitForURL("**" + SHELL);
  await phone.prepared();
}
const sites = await anna.page.$$eval("#stops li[data-site]", (rows) => rows.map((row) => row.dataset.site));
report.stops = sites.length;
report.onScreen = await anna.page.$$eval("#stops li[data-site]", (rows) => rows.filter((row) => row.getBoundingClientRect().bottom <= innerHeight).length);
report.small = await anna.page.$$eval("#stops li:not(.trip) button, #stops .row > a, header a, header select", (all) => all
  .map((one) => [one.textContent.trim(), one.getBoundingClientRect()]).filter(([, box]) => box.width && (box.width < 48 || box.height < 48)).map(([text, box]) => `${text} ${box.width}x${box.height}`));
report.wide = await anna.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
report.geo = await anna.page.getAttribute(`li[data-site="${sites[0]}"] [data-part=geo]`, "href");
await anna.page.evaluate(axe);
const found = await anna.page.evaluate("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })");
report.violations = found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 2).map((node) => node.html.slice(0, 160)).join(" | ")}`);
if (task.screenshots) await anna.page.screenshot({ path: `${task.screenshots}/round-360.png` });

await cut();
// Anna: thirty trees from the first, with a reload and a killed browser; Bernd: thirty to the last
await anna.enter(sites.slice(0, 12), 8, 6);
await anna.open(6);
report.afterReload = await anna.state();
await anna.enter(sites.slice(12, 20), 6, 3);
await anna.kill();
await anna.launch();
await anna.open(3);
report.afterKill = await anna.state();
await anna.page.click(`li[data-site="${sites[20]}"] [data-part=more]`);
await anna.enter(sites.slice(20, 30), 3, 0);
report.offline = await anna.state();
await bernd.enter(sites.slice(10), 7, 0);
await bernd.open(0);
report.offlineOther = await bernd.state();
report.today = await bernd.page.isHidden("#notice");
await bernd.open(-24);
report.nextDay = await bernd.page.textContent("#notice span");
await bernd.open(0);
if (task.screenshots) await bernd.page.screenshot({ path: `${task.screenshots}/round-waiting-360.png` });

// a browser that is killed may forget who was signed in
await anna.context.clearCookies();
await connect();
await anna.wake();
await anna.page.waitForSelector("body[data-ready=signed-out]");
report.signedOut = [await anna.page.textContent("#notice span"), await anna.page.$$eval("#stops li", (rows) => rows.length)];
loses = 1; // stored, and the phone does not hear of it
await anna.signIn();
await anna.page.waitForURL("**" + SHELL);
await anna.page.waitForSelector("body[data-ready]");
while (loses) await anna.page.waitForTimeout(50);
await anna.wake();
await anna.sent();
await bernd.open(0);
await bernd.sent();
report.conflicts = await bernd.page.$$eval("[data-part=conflict]:not([hidden])", (all) => all.map((one) => one.textContent));
report.wideDone = await bernd.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
if (task.screenshots) await bernd.page.screenshot({ path: `${task.screenshots}/round-conflict-360.png` });
await anna.page.click(`li[data-site="${sites[0]}"] [data-part=undo]`);
await anna.page.waitForSelector(`li:not(.done)[data-site="${sites[0]}"]`);
await anna.sent();

// what the town refuses is shown with its reason, also after a reload, until somebody has read it
await anna.page.evaluate(async () => {
  const { owner, day } = await roundStore.kept("list");
  const entry = { owner, day, time: new Date().toISOString(), litres: 100, sent: false };
  await roundStore.write({ ...entry, id: crypto.randomUUID(), siteId: 2147483647, name: "Baum fort" });
  await roundStore.write({ ...entry, id: crypto.randomUUID(), siteId: 1, name: "Baum zuviel", litres: 9999 });
});
await anna.wake();
await anna.page.waitForFunction(() => document.querySelectorAll("#refusals li").length === 2);
await anna.open(0);
await anna.sent();
report.refused = (await anna.page.$$eval("#refusals span", (all) => all.map((one) => one.textContent))).sort();
report.refusedWide = await anna.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
if (task.screenshots) await anna.page.screenshot({ path: `${task.screenshots}/round-refused-360.png` });
await anna.page.click("#refusals button");
await anna.page.waitForFunction(() => document.querySelectorAll("#refusals li").length === 1);
await anna.page.click("#refusals button");
await anna.page.waitForSelector("#refused", { state: "hidden" });

// somebody else on Bernd's phone sends nothing of his and sees nothing
await bernd.open(0);
await bernd.page.waitForSelector(`li:not(.done)[data-site="${sites[0]}"]`);
await cut();
await bernd.enter(sites.slice(0, 1), 0, 0);
await connect();
await bernd.context.clearCookies();
await bernd.signIn(task.logins[2]);
await bernd.page.waitForSelector("body[data-ready=other]");
report.other = await bernd.page.textContent("#notice span");
report.otherSees = await bernd.page.$$eval("#stops li", (rows) => rows.length);
const signOut = async (target) => {
  await bernd.page.goto(url + "/giessen");
  await bernd.page.click("form[action='/abmelden'] button");
  await bernd.page.waitForURL("**" + target);
};
await signOut("/anmelden");
// signing out sends what waits first; here it cannot
loses = 99;
await bernd.signIn();
await bernd.page.waitForURL("**" + SHELL);
await signOut(SHELL + "?abmelden=1");
await bernd.page.waitForSelector("#notice:not([hidden])");
report.leaving = await bernd.page.textContent("#notice span");
loses = 0;
await bernd.wake();
await bernd.sent();

// after signing out nothing of the town is in the browser
await signOut("/anmelden");
report.left = await bernd.page.evaluate(async () => {
  const database = await new Promise((done) => { const asked = indexedDB.open("regionhub-round"); asked.onsuccess = () => done(asked.result); });
  const rows = await Promise.all(["kept", "entries"].map((name) => new Promise((done) => { const asked = database.transaction(name).objectStore(name).getAll(); asked.onsuccess = () => done(asked.result.length); })));
  const cached = [];
  for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys()) cached.push(await (await caches.match(request)).text());
  return { rows, cached: cached.some((text) => text.includes("Ringstra")) };
});
for (const phone of [anna, bernd]) await phone.kill();
await cut();
console.log(JSON.stringify(report));
process.exit(0);
