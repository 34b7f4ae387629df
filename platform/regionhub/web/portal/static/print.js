// The print button appears only where it works.
(() => {
  "use strict";
  const show = () => document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.onclick = () => window.print();
  });
  show();
  document.addEventListener("htmx:after:swap", show);
})();
