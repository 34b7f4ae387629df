// The overview map. Shape says the kind of a site, sign and colour its state; the table beside the
// map holds the same, and each row and its marker find each other.
(() => {
  "use strict";
  const box = document.getElementById("map");
  if (!box || !window.L) return;
  const SHAPES = {
    tree: '<circle cx="14" cy="14" r="12"/>',
    bed: '<rect x="2.500" y="2.500" width="23" height="23" rx="4"/>',
    gauge: '<path d="M1.500 4.500h25L14 27z"/>',
    forest: '<path d="M8 2h12l7 12-7 12H8L1 14z"/>',
    road: '<path d="M14 1l13 13-13 13L1 14z"/>',
  };
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(box, { zoomControl: false, zoomAnimation: !calm, fadeAnimation: !calm, maxZoom: 18,
    zoomSnap: box.dataset.tiles ? 1 : 0.25 });
  map.attributionControl.setPrefix(false);
  L.control.zoom({ zoomInTitle: box.dataset.zoomIn, zoomOutTitle: box.dataset.zoomOut }).addTo(map);
  map.on("popupopen", ({ popup }) => popup.getElement().querySelector(".leaflet-popup-close-button")
    .setAttribute("aria-label", box.dataset.close));
  const markers = new Map();
  const layer = L.layerGroup().addTo(map);

  if (box.dataset.tiles) {
    L.tileLayer(box.dataset.tiles, { attribution: box.dataset.attribution, maxZoom: 18 }).addTo(map);
  } else {
    graticule();
  }

  function sign(point) {
    const y = point.kind === "gauge" ? 12 : 14;
    return `<svg viewBox="0 0 28 28" class="marker tone-${point.tone}">${SHAPES[point.kind]}` +
      `<text x="14" y="${y}" dy=".36em">${point.sign}</text></svg>`;
  }

  // A marker stays the same over all refreshes, and so does what is open or has the focus.
  function place(point) {
    const content = document.createElement("div");
    content.append(document.createElement("a"), ...["", "", ""].map(() => document.createElement("p")));
    const marker = L.marker([point.lat, point.lon], { keyboard: false, alt: "" });
    marker.bindPopup(content);
    marker.on("click", () => mark(point.id, true));
    return { marker, content, drawn: "" };
  }

  function update(known, point) {
    const [link, state, value, reason] = known.content.children;
    link.href = `/standorte/${point.id}`;
    link.textContent = point.name;
    state.textContent = point.text;
    value.textContent = [point.value, point.age].filter(Boolean).join(", ");
    reason.textContent = point.reason;
    const title = `${point.name}: ${point.text}`;
    const drawn = sign(point) + title;
    if (known.drawn === drawn) return;
    known.drawn = drawn;
    known.marker.options.title = title;
    known.marker.setIcon(L.divIcon({ className: "", html: sign(point), iconSize: [30, 30] }));
    known.marker.setZIndexOffset(point.urgency * 300);
  }

  function draw(fit) {
    const source = document.getElementById("places");
    if (!source) return;
    const points = JSON.parse(source.dataset.places);
    const shown = new Set(points.map((point) => String(point.id)));
    for (const [id, known] of markers) {
      if (shown.has(id)) continue;
      known.marker.remove();
      markers.delete(id);
    }
    for (const point of points) {
      const id = String(point.id);
      if (!markers.has(id)) markers.set(id, place(point));
      const known = markers.get(id);
      known.marker.setLatLng([point.lat, point.lon]);
      update(known, point);
      if (!layer.hasLayer(known.marker)) known.marker.addTo(layer);
    }
    document.querySelectorAll("[data-show]").forEach((button) => { button.hidden = false; });
    if (!fit) return;
    if (!box.dataset.tiles) towns(JSON.parse(source.dataset.towns));
    const places = points.length ? points : JSON.parse(source.dataset.towns);
    if (places.length) {
      map.fitBounds(L.latLngBounds(places.map((p) => [p.lat, p.lon])), { padding: [34, 34], maxZoom: 15, animate: false });
    } else {
      map.setView([51.2, 8.0], 9);
    }
  }

  function mark(id, scroll) {
    document.querySelectorAll("tr.marked").forEach((row) => row.classList.remove("marked"));
    const row = document.querySelector(`tr[data-site="${id}"]`);
    if (!row) return;
    row.classList.add("marked");
    if (scroll) row.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  }

  // Without tiles: a quiet grid of coordinates and the names of the towns.
  function graticule() {
    const lines = L.layerGroup().addTo(map);
    const east = document.documentElement.lang === "de" ? " O" : " E";
    const step = () => [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005].find(
      (s) => map.getBounds().getNorth() - map.getBounds().getSouth() > 3 * s) ?? 0.002;
    const text = (value) => value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 3 }) + "°";
    const label = (at, words, where) => L.marker(at, { interactive: false, keyboard: false,
      icon: L.divIcon({ className: `degree ${where}`, html: words, iconSize: null }) }).addTo(lines);
    map.on("moveend", () => {
      lines.clearLayers();
      const b = map.getBounds().pad(0.1);
      const view = map.getBounds();
      const s = step();
      const style = { className: "graticule", interactive: false };
      for (let lat = Math.ceil(b.getSouth() / s) * s; lat <= b.getNorth(); lat += s) {
        L.polyline([[lat, b.getWest()], [lat, b.getEast()]], style).addTo(lines);
        if (lat > view.getSouth() && lat < view.getNorth()) label([lat, view.getEast()], text(lat) + " N", "east");
      }
      for (let lon = Math.ceil(b.getWest() / s) * s; lon <= b.getEast(); lon += s) {
        L.polyline([[b.getSouth(), lon], [b.getNorth(), lon]], style).addTo(lines);
        if (lon > view.getWest() && lon < view.getEast()) label([view.getSouth(), lon], text(lon) + east, "south");
      }
    });
  }

  function towns(list) {
    for (const town of list) {
      const name = document.createElement("span");
      name.textContent = town.name;
      L.marker([town.lat, town.lon], { interactive: false, keyboard: false, zIndexOffset: -5000,
        icon: L.divIcon({ className: "town", html: name, iconSize: null }) }).addTo(map);
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show]");
    const marker = button && markers.get(button.dataset.show)?.marker;
    if (!marker) return;
    map.setView(marker.getLatLng(), Math.max(map.getZoom(), 14), { animate: !calm });
    marker.openPopup();
    mark(button.dataset.show, false);
    box.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  });
  document.addEventListener("htmx:after:swap", () => draw(false));
  draw(true);
})();
