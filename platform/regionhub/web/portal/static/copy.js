// Buttons that copy a text of the page; without JavaScript it is there to be marked.
(() => {
  "use strict";
  for (const button of document.querySelectorAll("[data-copy]")) {
    const text = document.getElementById(button.dataset.copy);
    button.hidden = false;
    button.addEventListener("click", async () => {
      // marked as well: where the clipboard is forbidden (plain HTTP) it can be copied from there
      getSelection().selectAllChildren(text);
      await navigator.clipboard?.writeText(text.textContent);
      if (navigator.clipboard) button.textContent = button.dataset.copied;
    });
  }
})();
