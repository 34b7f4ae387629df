// Makes a photo smaller before it is sent: those of phones are larger than the server takes.
(() => {
  "use strict";
  const SIDE = 1600;
  for (const input of document.querySelectorAll("input[type=file][data-photo]")) {
    input.addEventListener("change", async () => {
      const [file] = input.files;
      if (!file) return;
      try {
        const drawn = await createImageBitmap(file, { imageOrientation: "from-image" });
        const scale = Math.min(1, SIDE / Math.max(drawn.width, drawn.height));
        const canvas = new OffscreenCanvas(Math.round(drawn.width * scale), Math.round(drawn.height * scale));
        canvas.getContext("2d").drawImage(drawn, 0, 0, canvas.width, canvas.height);
        const small = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 });
        const list = new DataTransfer();
        list.items.add(new File([small], "foto.jpg", { type: "image/jpeg" }));
        input.files = list.files;
      } catch {
        // it is sent as it is, and the server says what is wrong with it
      }
    });
  }
})();
