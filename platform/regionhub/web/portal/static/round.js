// The round of a crew on a phone: what to water next, and what was entered, with and without a network.
(() => {
  "use strict";
  const LIST = "/giessen/unterwegs/liste", STEP = 25, MOST = 5000, AGAIN = 30_000;
  const $ = (id) => document.getElementById(id);
  const words = $("words").dataset;
  const say = (text, values = {}) => Object.entries(values).reduce((said, [name, value]) => said.replace(`{${name}}`, value), text);
  const clock = (time) => new Date(time).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Berlin" });
  const today = () => new Date().toLocaleDateString("sv-SE", { timeZone: "Europe/Berlin" });
  const dayOf = (day) => new Date(`${day}T12:00:00Z`).toLocaleDateString(document.documentElement.lang, { weekday: "long", day: "numeric", month: "numeric" });
  const litresOf = (litres) => `${Math.round(litres).toLocaleString(document.documentElement.lang)} l`;
  const leaving = new URLSearchParams(location.search).has("abmelden");
  const offlineCapable = "serviceWorker" in navigator && "indexedDB" in self;
  let list = null, entries = [], chosen = null, state = "sent", changed = new Map(), opened = new Set();

  const notice = (text, button, act) => {
    const box = $("notice");
    box.hidden = !text;
    box.querySelector("span").textContent = text ?? "";
    const press = box.querySelector("button");
    press.hidden = !button;
    press.textContent = button ?? "";
    press.onclick = act ?? null;
  };
  const entryOf = (siteId) => entries.filter((one) => one.siteId === siteId && !one.undone && !one.refused && one.day === list.day)
    .sort((a, b) => b.time.localeCompare(a.time))[0];
  // what the town knew of when the list came, but for what was taken back since
  const isKnown = (stop) => Boolean(stop.watered_at) && !entries.some((one) => one.id === stop.watering_id && one.undone);
  const refresh = async () => {
    let answer;
    try {
      answer = await fetch(LIST, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(15_000) });
    } catch {
      state = "offline";
      return;
    }
    if (answer.status === 401) {
      // nobody is signed in: what is to be seen goes, what was entered waits for its owner
      state = "signed-out";
      list = null;
      await roundStore.forgetKept();
      return;
    }
    if (!answer.ok) {
      state = "offline";
      return;
    }
    const fresh = await answer.json();
    if ((await roundStore.unsettled()).some((one) => one.owner !== fresh.owner)) {
      state = "other";
      list = null;
      await roundStore.forgetKept();
      return;
    }
    const former = await roundStore.kept("list");
    if (former && former.owner !== fresh.owner) await roundStore.wipe();
    list = { ...fresh, chosen: former?.owner === fresh.owner ? former.chosen : undefined, at: new Date().toISOString() };
    if (offlineCapable) {
      await navigator.serviceWorker.ready;
      await roundStore.keep("list", list);
    }
    state = "sent";
  };
  const sync = async () => {
    const before = state;
    if (state !== "other") state = await roundStore.flush();
    if (state === "signed-out" && before !== state) await refresh();
    entries = await roundStore.entries();
    draw();
  };
  const enter = async (stop, litres) => {
    const entry = { id: crypto.randomUUID(), owner: list.owner, siteId: stop.site_id, name: stop.name, day: list.day, litres, time: new Date().toISOString(), sent: false };
    await roundStore.write(entry);
    entries = await roundStore.entries();
    draw();
    void navigator.serviceWorker?.ready.then((worker) => worker.sync?.register("waterings")).catch(() => {});
    await sync();
  };
  const undo = async (entry) => {
    await roundStore.change(entry.id, { undone: true });
    entries = await roundStore.entries();
    draw();
    await sync();
  };

  const status = () => {
    const waiting = entries.filter(roundStore.isWaiting).length, unsettled = entries.filter(roundStore.isOpen).length;
    const box = $("state");
    box.className = waiting || state !== "sent" ? "tone-warn" : "tone-good";
    box.textContent = waiting ? say(waiting === 1 ? words.waitingOne : words.waiting, { n: waiting })
      : state === "offline" ? say(words.offline, { time: list ? clock(list.at) : "–" }) : list ? say(words.sent, { time: clock(list.at) }) : "";
    if (state === "signed-out") notice(say(words.signedOut, { n: waiting }), words.signIn, () => location.assign("/anmelden?weiter=/giessen/unterwegs"));
    else if (state === "other") notice(say(words.other, { n: unsettled }), words.discard, discard);
    else if (leaving && waiting) notice(say(words.leaving, { n: waiting }), words.discard, discard);
    else if (leaving && unsettled) notice(words.leavingRefused, words.discard, discard);
    else if (state === "refused") notice(words.refused);
    else if (list && list.day !== today()) notice(say(words.former, { day: dayOf(list.day) }));
    else if (!list && state === "offline") notice(words.nothingKept);
    else if (!offlineCapable) notice(words.onlineOnly);
    else notice(null);
  };
  // what the town did not take, and why: it stays until somebody says that this was seen
  const refusals = () => {
    const own = list ? entries.filter((one) => one.refused && !one.undone && one.owner === list.owner) : [];
    $("refused").hidden = !own.length;
    $("refusals").replaceChildren(...own.map((entry) => {
      const item = $("refusal").content.firstElementChild.cloneNode(true);
      item.querySelector("span").textContent = say(words.refusedEntry, {
        name: entry.name ?? `#${entry.siteId}`, litres: litresOf(entry.litres), day: dayOf(entry.day), time: clock(entry.time),
        reason: { no_site: words.noSite, bad_time: words.badTime, bad_litres: words.badLitres }[entry.refused] ?? words.badEntry });
      item.querySelector("button").onclick = async () => {
        await roundStore.dismiss(entry.id);
        entries = await roundStore.entries();
        draw();
      };
      return item;
    }));
  };
  const discard = async () => {
    if (!confirm(words.confirm)) return;
    await roundStore.wipe();
    if (leaving) {
      $("signout").submit();
      return;
    }
    await start();
  };

  const row = (stop) => {
    const item = $("stop").content.firstElementChild.cloneNode(true);
    const part = (name) => item.querySelector(`[data-part=${name}]`);
    const own = entryOf(stop.site_id);
    const done = own ? { time: own.time, litres: own.litres, who: words.you } : isKnown(stop) ? { time: stop.watered_at, litres: stop.watered_litres, who: stop.watered_by } : null;
    part("name").textContent = stop.name;
    part("place").textContent = [stop.address, stop.species].filter(Boolean).join(" · ") || words.noAddress;
    part("alert").hidden = !stop.not_arrived;
    const geo = part("geo");
    geo.hidden = stop.latitude === null;
    geo.href = `geo:${stop.latitude},${stop.longitude}?q=${stop.latitude},${stop.longitude}(${encodeURIComponent(stop.name)})`;
    geo.setAttribute("aria-label", say(words.geo, { name: stop.name }));
    part("site").href = `/standorte/${stop.site_id}`;
    const details = item.querySelector("details");
    details.open = opened.has(stop.site_id);
    details.ontoggle = () => {
      if (details.open) opened.add(stop.site_id); else opened.delete(stop.site_id);
      if (details.open && stop.photo) void photo(stop, part("photo"));
    };
    item.classList.toggle("done", Boolean(done));
    part("entry").hidden = Boolean(done) || !list.may_enter;
    part("plan").hidden = Boolean(done) || list.may_enter;
    part("plan").textContent = litresOf(stop.litres);
    part("result").hidden = !done;
    if (done) {
      part("said").textContent = say(words.done, { litres: litresOf(done.litres), time: clock(done.time), who: done.who });
      part("undo").hidden = !own;
      part("undo").onclick = () => void undo(own);
      part("undo").setAttribute("aria-label", say(words.undoOf, { name: stop.name }));
      const other = own?.others?.[0];
      part("conflict").hidden = !other;
      if (other) part("conflict").textContent = say(words.conflict, { who: other.who, time: clock(other.time), litres: litresOf(other.litres) });
    }
    let litres = changed.get(stop.site_id) ?? stop.litres;
    const show = () => { part("litres").textContent = litresOf(litres); };
    const step = (by) => () => {
      litres = Math.min(MOST, Math.max(STEP, litres + by));
      changed.set(stop.site_id, litres);
      show();
    };
    part("less").onclick = step(-STEP);
    part("more").onclick = step(STEP);
    part("less").setAttribute("aria-label", say(words.less, { name: stop.name }));
    part("more").setAttribute("aria-label", say(words.more, { name: stop.name }));
    part("water").setAttribute("aria-label", say(words.waterOf, { name: stop.name }));
    part("water").onclick = () => void enter(stop, litres);
    show();
    return item;
  };
  const draw = () => {
    status();
    refusals();
    const crews = list?.crews ?? [];
    chosen = crews.find((crew) => crew.crew_id === list?.chosen) ?? crews[0] ?? null;
    $("crew").hidden = crews.length < 2;
    $("crew").replaceChildren(...crews.map((crew) => new Option(crew.name, crew.crew_id, false, crew === chosen)));
    const stops = chosen?.stops ?? [];
    const isDone = (stop) => Boolean(entryOf(stop.site_id)) || isKnown(stop);
    const open = stops.filter((stop) => !isDone(stop)), done = stops.filter(isDone);
    $("count").textContent = chosen ? say(words.count, { done: done.length, all: stops.length }) : "";
    $("empty").hidden = stops.length > 0 || !list;
    const focused = document.activeElement?.closest?.("li")?.dataset.site, part = document.activeElement?.dataset?.part;
    const rows = [];
    let trip = 0;
    for (const stop of open) {
      if (stop.trip !== trip) {
        trip = stop.trip;
        const litres = stops.filter((one) => one.trip === trip).reduce((sum, one) => sum + one.litres, 0);
        const head = document.createElement("li");
        head.className = "trip";
        head.textContent = say(words.trip, { n: trip, depot: chosen.depot, litres: litresOf(litres) });
        rows.push(head);
      }
      rows.push(row(stop));
    }
    for (const stop of done.reverse()) rows.push(row(stop));
    $("stops").replaceChildren(...rows);
    [...$("stops").querySelectorAll("li:not(.trip)")].forEach((item, at) => { item.dataset.site = [...open, ...done][at].site_id; });
    if (focused) $("stops").querySelector(`li[data-site="${focused}"] [data-part="${part}"]:not([hidden])`)?.focus();
    document.body.dataset.ready = state;
  };
  // photos come to the phone while there is a network; the page may show data: and nothing of other kinds
  const photo = async (stop, image) => {
    const kept = await roundStore.kept(`photo ${stop.site_id}`);
    image.hidden = false;
    image.src = kept ?? `/standorte/${stop.site_id}/foto`;
  };
  const keepPhotos = async () => {
    for (const stop of chosen?.stops ?? []) {
      const key = `photo ${stop.site_id}`;
      if (!stop.photo || !offlineCapable || (await roundStore.kept(key))) continue;
      try {
        const answer = await fetch(`/standorte/${stop.site_id}/foto`);
        if (!answer.ok) continue;
        const reader = new FileReader();
        reader.readAsDataURL(await answer.blob());
        await new Promise((resolve) => { reader.onload = resolve; });
        await roundStore.keep(key, reader.result);
      } catch {
        return;
      }
    }
  };
  const start = async () => {
    state = "sent";
    await roundStore.tidy(Date.now());
    list = (await roundStore.kept("list")) ?? null;
    entries = await roundStore.entries();
    if (list) draw();
    if (list || entries.length) state = await roundStore.flush();
    if (state === "other") {
      list = null;
      await roundStore.forgetKept();
    } else {
      await refresh();
    }
    entries = await roundStore.entries();
    draw();
    await keepPhotos();
  };
  $("crew").addEventListener("change", async () => {
    list.chosen = Number($("crew").value);
    if (offlineCapable) await roundStore.keep("list", list);
    draw();
    await keepPhotos();
  });
  if (offlineCapable) void navigator.serviceWorker.register("/giessen/dienst.js", { scope: "/" });
  addEventListener("online", () => void start());
  document.addEventListener("visibilitychange", () => { if (!document.hidden) void start(); });
  setInterval(() => { if (entries.some(roundStore.isWaiting)) void sync(); }, AGAIN);
  void start();
})();
