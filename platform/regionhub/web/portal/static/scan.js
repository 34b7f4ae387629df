// Reads the code on a label with the camera, where the browser can; else the text is typed.
(() => {
  "use strict";
  const button = document.querySelector("[data-scan]");
  const text = document.querySelector("[name=etikett]");
  const video = document.getElementById("camera");
  const said = document.getElementById("scanned");
  if (!button || !("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return;
  button.hidden = false;
  let stream = null;
  const stop = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.hidden = true;
  };
  addEventListener("pagehide", stop);
  button.addEventListener("click", async () => {
    if (stream) { stop(); return; }
    try {
      const detector = new BarcodeDetector({ formats: ["qr_code", "data_matrix"] });
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      video.hidden = false;
      await video.play();
      said.textContent = button.dataset.waiting;
      while (stream) {
        const [code] = await detector.detect(video);
        if (code) {
          text.value = code.rawValue;
          stop();
          text.form.requestSubmit();
          return;
        }
        await new Promise((done) => setTimeout(done, 200));
      }
    } catch {
      stop();
      said.textContent = button.dataset.failed;
    }
  });
})();
