// The list of a round and what was entered on this phone, kept in the browser until it is sent; for the page and its service worker.
self.roundStore = (() => {
  "use strict";
  const NAME = "regionhub-round", ENTRIES = "/giessen/unterwegs/eintraege", AT_ONCE = 100, SECONDS = 20;

  const open = () => new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("kept");
      request.result.createObjectStore("entries", { keyPath: "id" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  // strict: an entry that the page shows as done survives a battery that dies
  const run = async (name, mode, work) => {
    const database = await open();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction(name, mode, { durability: "strict" });
        const request = work(transaction.objectStore(name));
        transaction.oncomplete = () => resolve(request?.result);
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      database.close();
    }
  };
  const kept = (key) => run("kept", "readonly", (store) => store.get(key));
  const keep = (key, value) => run("kept", "readwrite", (store) => void store.put(value, key));
  const forgetKept = () => run("kept", "readwrite", (store) => void store.clear());
  const entries = () => run("entries", "readonly", (store) => store.getAll());
  const write = (entry) => run("entries", "readwrite", (store) => void store.put(entry));
  const isWaiting = (entry) => !entry.sent || (entry.undone && !entry.undoSent);
  const waiting = async () => (await entries()).filter(isWaiting);
  // what the town refused stays until somebody has seen why
  const isOpen = (entry) => isWaiting(entry) || Boolean(entry.refused && !entry.undone);
  const unsettled = async () => (await entries()).filter(isOpen);
  const dismiss = (id) => run("entries", "readwrite", (store) => void store.delete(id));
  // a change of an entry that may just be on its way: only what is named
  const change = (id, changes) => run("entries", "readwrite", (store) => {
    store.get(id).onsuccess = (event) => {
      if (event.target.result) store.put({ ...event.target.result, ...changes });
    };
  });
  // what was sent and is older than two days is in the log of the town
  const tidy = (now) => run("entries", "readwrite", (store) => {
    store.getAll().onsuccess = (event) => {
      for (const entry of event.target.result) {
        if (!isOpen(entry) && now - Date.parse(entry.time) > 172_800_000) store.delete(entry.id);
      }
    };
  });
  const wipe = async () => {
    await forgetKept();
    await run("entries", "readwrite", (store) => void store.clear());
  };

  // Sends what waits; says "sent", or why not: "offline", "signed-out", "other" (somebody else is signed in), "refused".
  const flush = async () => {
    for (;;) {
      const part = (await waiting()).slice(0, AT_ONCE);
      if (!part.length) return "sent";
      const given = part.map((one) => ({
        watering_id: one.id, site_id: one.siteId, time: one.time, litres: one.litres, undone: Boolean(one.undone) }));
      let answer;
      try {
        answer = await fetch(ENTRIES, {
          method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" },
          body: JSON.stringify({ owner: part[0].owner, entries: given }), signal: AbortSignal.timeout(SECONDS * 1000) });
        if (answer.status === 401) return "signed-out";
        if (answer.status === 409) return "other";
        if (answer.status === 403) return "refused";
        if (!answer.ok) return "offline";
        const { outcomes } = await answer.json();
        for (const [at, outcome] of outcomes.entries()) {
          await change(part[at].id, {
            sent: true, undoSent: given[at].undone, refused: outcome.became === "refused" && (outcome.reason ?? "bad_entry"), others: outcome.others });
        }
        if (!outcomes.length) return "refused";
      } catch {
        return "offline";
      }
    }
  };
  return { kept, keep, forgetKept, entries, write, waiting, isWaiting, isOpen, unsettled, dismiss, change, tidy, wipe, flush };
})();
