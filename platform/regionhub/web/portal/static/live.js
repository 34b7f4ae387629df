// Keeps pages current: the server's live stream says that something changed, htmx fetches the part
// of the page that shows it. All wording and formatting stays on the server.
(() => {
  "use strict";
  const offline = document.getElementById("offline");
  const PAUSE = 5000;
  let last = 0;
  let waiting = null;

  const tell = () => {
    waiting = null;
    last = Date.now();
    document.body.dispatchEvent(new CustomEvent("live"));
  };
  const changed = () => {
    waiting ??= setTimeout(tell, Math.max(0, last + PAUSE - Date.now()));
  };
  const connected = (yes) => {
    if (offline.hidden !== yes && yes === false) {
      offline.querySelector("span").textContent = new Date().toLocaleTimeString(
        document.documentElement.lang, { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Berlin" });
    }
    offline.hidden = yes;
  };

  const address = document.body.dataset.live;
  if (address) {
    const source = new EventSource(address);
    // a page shows what is decided: a moment after the reading that it is decided on
    source.addEventListener("decision", changed);
    source.addEventListener("resync", changed);
    let opened = false;
    source.onopen = () => {
      connected(true);
      // nobody says again what came while the stream was cut
      if (opened) changed();
      opened = true;
    };
    source.onerror = () => connected(false);
    addEventListener("pagehide", () => source.close());
  }
  document.addEventListener("htmx:error", () => connected(false));
  // an error is never shown in place of what was there (see htmx-config): the bar says it is old
  document.addEventListener("htmx:after:request", (event) => {
    connected(event.detail.ctx.response.status < 400);
  });
})();
