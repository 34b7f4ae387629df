// Printing: the button appears only where it works, and a sheet says when and what was printed.
(() => {
  "use strict";
  const language = document.documentElement.lang;
  const moment = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { timeZone: "Europe/Berlin",
    day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit" });
  const show = () => document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.onclick = () => window.print();
  });
  addEventListener("beforeprint", () => {
    // the filter may have changed the address since the page came
    document.querySelector("[data-address]").textContent = location.href;
    document.querySelector("[data-printed]").textContent = moment.format(new Date()) + (language === "de" ? " Uhr" : "");
  });
  show();
  document.addEventListener("htmx:after:swap", show);
})();
