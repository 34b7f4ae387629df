// Says at once that a file is too large; the server would only refuse the connection.
(() => {
  "use strict";
  for (const input of document.querySelectorAll("input[type=file][data-most]")) {
    input.addEventListener("change", () => {
      const large = [...input.files].some((file) => file.size > Number(input.dataset.most));
      input.setCustomValidity(large ? input.dataset.tooLarge : "");
      input.reportValidity();
    });
  }
})();
