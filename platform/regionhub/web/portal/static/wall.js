// A wall that nobody touches: asks for itself every ten seconds, says its own age, and is loud when
// the server is gone. Each time the old part is thrown away as a whole, so nothing gathers.
(() => {
  "use strict";
  const EVERY = 10000, LOST = 20000;
  const lost = document.getElementById("lost");
  let good = Date.now();

  const tell = () => {
    const age = document.querySelector("[data-age]");
    if (age) age.textContent = age.dataset.words.replace("§", String(Math.round((Date.now() - good) / 1000)));
    const gone = Date.now() - good > LOST;
    if (gone && lost.hidden) {
      lost.querySelector("b").textContent = new Date(good).toLocaleTimeString(
        document.documentElement.lang, { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Berlin" });
    }
    lost.hidden = !gone;
  };
  const ask = async () => {
    try {
      const answer = await fetch(location.pathname, { cache: "no-store", signal: AbortSignal.timeout(8000) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("wall");
      if (answer.ok && fresh) {
        document.getElementById("wall").replaceWith(document.adoptNode(fresh));
        good = Date.now();
      }
    } catch {
      // said by tell() when it lasts
    }
    tell();
    setTimeout(ask, EVERY);
  };
  setInterval(tell, 1000);
  setTimeout(ask, EVERY);
})();
