// Where something is: by the phone's own position, or by a click on a map. Both fill the fields of
// latitude and longitude, which can be typed as well.
(() => {
  "use strict";
  const latitude = document.querySelector("[name=latitude]");
  const longitude = document.querySelector("[name=longitude]");
  if (!latitude || !longitude) return;
  const box = document.getElementById("pin");
  const written = (value) => value.toFixed(6).replace(".", ",");
  const typed = () => [latitude, longitude].map((one) => Number(one.value.replace(",", ".") || NaN));

  let marker = null;
  let map = null;
  const mark = (at, zoom) => {
    if (!map) return;
    marker ??= L.marker(at, { keyboard: false, icon: L.divIcon({ className: "pin", iconSize: [22, 22] }) }).addTo(map);
    marker.setLatLng(at);
    map.setView(at, zoom ?? map.getZoom());
  };
  const fill = (lat, lon, zoom) => {
    latitude.value = written(lat);
    longitude.value = written(lon);
    mark([lat, lon], zoom);
  };

  if (box?.dataset.tiles && window.L) {
    box.hidden = false;
    map = L.map(box, { zoomControl: false, maxZoom: 18 });
    map.attributionControl.setPrefix(false);
    L.control.zoom({ zoomInTitle: box.dataset.zoomIn, zoomOutTitle: box.dataset.zoomOut }).addTo(map);
    L.tileLayer(box.dataset.tiles, { attribution: box.dataset.attribution, maxZoom: 18 }).addTo(map);
    map.setView(JSON.parse(box.dataset.centre), 12);
    map.on("click", ({ latlng }) => fill(latlng.lat, latlng.lng));
    const moved = () => { const at = typed(); if (at.every(Number.isFinite)) mark(at, 15); };
    for (const one of [latitude, longitude]) one.addEventListener("change", moved);
    moved();
    // a map in something that was folded has no size before it is opened
    for (const folded of document.querySelectorAll("details")) folded.addEventListener("toggle", () => map.invalidateSize());
  }

  const button = document.querySelector("[data-locate]");
  const said = document.getElementById("located");
  if (button && navigator.geolocation && isSecureContext) {
    button.hidden = false;
    button.addEventListener("click", () => {
      said.textContent = button.dataset.waiting;
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          fill(coords.latitude, coords.longitude, 17);
          said.textContent = button.dataset.found.replace("{}", Math.round(coords.accuracy));
        },
        () => { said.textContent = button.dataset.failed; },
        { enableHighAccuracy: true, timeout: 20000 });
    });
  }
})();
