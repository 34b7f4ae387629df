// From an empty town to the first value of a device that sends already, by the portal alone and by keyboard:
//   node walk.mjs '{"url": ..., "modules": ..., "chromium": ..., "login": ..., "password": ..., "eui": ..., "screenshots": null}'
// Says PROCESS on stderr when what waits is to be processed, and prints what it saw as JSON.
import { createRequire } from "node:module";

const task = JSON.parse(process.argv[2]);
const require = createRequire(task.modules + "/");
const { chromium } = require("playwright-core");
const axe = require("axe-core").source;

const report = { violations: [], overflow: [], console: [], value: null, steps: [] };
const browser = await chromium.launch({ executablePath: task.chromium, args: ["--no-sandbox", "--disable-gpu"] });
const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: "de-DE",
  geolocation: { latitude: 51.3967, longitude: 8.0645 }, permissions: ["geolocation"] });
const page = await context.newPage();
page.on("console", (message) => { if (["error", "warning"].includes(message.type())) report.console.push(`${page.url()}: ${message.text()}`); });
page.setDefaultTimeout(15000);
page.on("pageerror", (error) => report.console.push(`${page.url()}: ${error}`));

const inspect = async (name) => {
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 740 });
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
    await page.evaluate(axe);
    const found = await page.evaluate("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })");
    for (const one of found.violations) report.violations.push(`${name} ${width}: ${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
    const wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    if (wide > 0) report.overflow.push(`${name} ${width}: ${wide} px`);
    if (task.screenshots) await page.screenshot({ path: `${task.screenshots}/onboarding-${name}-${width}.png`, fullPage: true });
  }
  report.steps.push(name);
};
// what somebody without a mouse does: to the field, and write
const write = async (label, text) => {
  await page.getByLabel(label, { exact: true }).focus();
  await page.keyboard.type(text);
};
const press = async (role, name) => {
  await page.getByRole(role, { name, exact: false }).first().focus();
  await page.keyboard.press("Enter");
};

await page.goto(task.url + "/anmelden");
await page.fill("[name=benutzername]", task.login);
await page.fill("[name=kennwort]", task.password);
await page.press("[name=kennwort]", "Enter");
await page.waitForSelector("nav.main");
await inspect("empty");
await press("link", "Legen Sie Standorte und Geräte an.");
await page.waitForURL("**/anlegen");
await inspect("begin");
await press("link", `Anlegen ${task.eui}`);
await page.waitForURL("**/anlegen/geraet?**");
await inspect("device");
await page.selectOption("[name=profile_id]", task.model);
await write("Standort", "Linde am Markt");
await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
await page.selectOption("[name=kind]", "tree");
await press("button", "Wo ich gerade stehe");
await page.waitForFunction(() => document.querySelector("[name=longitude]").value === "8,064500");
await page.selectOption("[name=soil_texture]", "Ls3");
await write("Einbautiefe", "tief");
await press("button", "Gerät anlegen");
await page.waitForSelector("#depth_cm-fault");
await inspect("fault");
await page.fill("[name=depth_cm]", "30");
await press("button", "Gerät anlegen");
await page.waitForSelector("#heard-title");
await inspect("waiting");
console.error("PROCESS");
await page.waitForSelector(".values td b");
report.value = await page.innerText(".values");
await inspect("heard");
await press("link", "Ändern, umsetzen, tauschen");
await page.waitForSelector("#swap-title");
await inspect("change");
await page.goBack();
await press("link", "Berichtigen");
await page.waitForSelector("[name=warum]");
await page.fill("[name=depth_cm]", "40");
await write("Warum", "falsch gemessen");
await inspect("correct");
await press("button", "Berichtigen");
await page.waitForSelector("text=1 Berichtigung");
await inspect("corrected");
await press("link", "Zum Standort");
await page.waitForSelector(".hero");
report.site = await page.innerText("h1");
await inspect("site");
await press("link", "Standort ändern");
await page.waitForSelector("[name=standort]");
await inspect("change site");
await page.goto(task.url + "/export");
await inspect("export");
await page.goto(task.url + "/etiketten");
await page.waitForSelector(".labels .qr");
await inspect("labels");
await page.goto(task.url + "/anlegen/geraet");
await write("Text des QR-Codes auf dem Etikett", `LW:D0:1122334455667788:${task.eui.toUpperCase()}:AABB1122:S4711`);
await press("button", "Übernehmen");
await page.waitForSelector("[name=serial][value='4711']");
await page.goto(task.url + "/anlegen/standort");
await inspect("new site");
await page.goto(task.url + "/anlegen");
await page.setInputFiles("[name=datei]", { name: "geraete.csv", mimeType: "text/csv", buffer: Buffer.from(task.file) });
await page.selectOption("[name=profil]", task.model);
await press("button", "Datei prüfen");
await page.waitForSelector("text=Was zu ändern ist");
await inspect("file");
await press("button", "gute Zeile anlegen");
await page.waitForSelector("text=Angelegt: 1 Geräte");
report.steps.push("taken");
await browser.close();
console.log(JSON.stringify(report));
