// The overview map. Shape says the kind of a site, sign and colour its state; the table beside the
// map holds the same, and each row and its marker find each other. Its points come after the page;
// those that would lie on each other are drawn as one.
(() => {
  "use strict";
  const box = document.getElementById("map");
  if (!box || !window.L || !window.Supercluster) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(box, { zoomControl: false, zoomAnimation: !calm, fadeAnimation: !calm, maxZoom: 18,
    zoomSnap: box.dataset.tiles ? 1 : 0.25 });
  map.attributionControl.setPrefix(false);
  L.control.zoom({ zoomInTitle: box.dataset.zoomIn, zoomOutTitle: box.dataset.zoomOut }).addTo(map);
  map.on("popupopen", ({ popup }) => popup.getElement().querySelector(".leaflet-popup-close-button")
    .setAttribute("aria-label", box.dataset.close));
  const layer = L.layerGroup().addTo(map);
  const popup = L.popup({ autoPanPadding: [20, 20] });
  // more points than this are not loaded anew with every reading
  const MANY = 2000;
  const PAUSE = 60000;
  let data = null;      // what the server sent, column by column
  let index = null;     // the same as clusters
  let drawn = new Map();
  let loaded = 0;
  let named = false;

  if (box.dataset.tiles) {
    L.tileLayer(box.dataset.tiles, { attribution: box.dataset.attribution, maxZoom: 18 }).addTo(map);
  } else {
    graticule();
  }

  function sign(at) {
    const kind = data.kinds[data.kind[at]];
    const state = data.states[data.state[at]];
    return `<svg viewBox="0 0 28 28" class="marker tone-${state.tone}"><use href="${box.dataset.shapes}#${kind}"/>` +
      `<text x="14" y="${kind === "gauge" ? 12 : 14}" dy=".36em">${state.sign}</text></svg>`;
  }

  // A cluster has the sign of its most urgent site, and says how many they are.
  function group({ state, point_count: count }) {
    const { tone, sign: letter } = data.states[state];
    const text = count.toLocaleString(document.documentElement.lang);
    return `<svg viewBox="0 0 ${40 + 7 * text.length} 30" class="marker cluster tone-${tone}"><rect x="1" y="1" width="${38 + 7 * text.length}" height="28" rx="14"/>` +
      `<text x="29" y="15" dy=".36em" class="count">${text}</text><circle cx="15" cy="15" r="10"/><text x="15" y="15" dy=".36em">${letter}</text></svg>`;
  }

  function markerOf(feature) {
    const { properties, geometry: { coordinates: [lon, lat] } } = feature;
    const at = properties.at;
    const count = properties.cluster ? properties.point_count.toLocaleString(document.documentElement.lang) : "";
    const icon = properties.cluster
      ? L.divIcon({ className: "", html: group(properties), iconSize: [40 + 7 * count.length, 30] })
      : L.divIcon({ className: "", html: sign(at), iconSize: [30, 30] });
    const state = data.states[properties.state];
    const title = properties.cluster ? `${count} ${box.dataset.sites}: ${state.text}` : `${data.name[at]}: ${state.text}`;
    const marker = L.marker([lat, lon], { icon, title, keyboard: false, alt: "", zIndexOffset: properties.state * 300 });
    marker.on("click", () => (properties.cluster ? spread(properties.cluster_id, [lat, lon]) : show(data.id[at])));
    return marker;
  }

  function draw() {
    if (!index) return;
    const view = map.getBounds().pad(0.3);
    const found = index.getClusters([view.getWest(), view.getSouth(), view.getEast(), view.getNorth()], Math.floor(map.getZoom()));
    const next = new Map();
    for (const feature of found) {
      const { properties, geometry } = feature;
      const key = `${properties.cluster ? `${properties.point_count} ${geometry.coordinates}` : data.id[properties.at]} ${data.states[properties.state].text}`;
      next.set(key, drawn.get(key) ?? markerOf(feature).addTo(layer));
      drawn.delete(key);
    }
    drawn.forEach((marker) => marker.remove());
    drawn = next;
  }

  // Sites that stand together even at the closest are listed.
  function spread(cluster, at) {
    const zoom = index.getClusterExpansionZoom(cluster);
    if (zoom <= map.getMaxZoom()) {
      map.setView(at, zoom, { animate: !calm });
      return;
    }
    const list = document.createElement("div");
    list.append(...index.getLeaves(cluster, 50).map(({ properties }) => {
      const link = document.createElement("a");
      link.href = `/standorte/${data.id[properties.at]}`;
      link.textContent = `${data.name[properties.at]}: ${data.states[properties.state].text}`;
      return link;
    }));
    open(at, list, null);
  }

  function open(at, content, id) {
    popup.site = id;
    popup.setLatLng(at).setContent(content).openOn(map);
  }

  // A popup stays open over all refreshes; what it says is asked for when it opens and with each of them.
  async function fill(id) {
    const answer = await fetch(`/karte/${id}`, { headers: { accept: "application/json" } });
    if (!answer.ok) return null;
    const said = await answer.json();
    const content = popup.site === id && popup.isOpen() ? popup.getContent() : document.createElement("div");
    if (!content.children.length) content.append(document.createElement("a"), ...["", "", ""].map(() => document.createElement("p")));
    const [link, state, value, reason] = content.children;
    link.href = `/standorte/${id}`;
    [link.textContent, state.textContent, value.textContent, reason.textContent] = [said.name, said.text, said.value, said.reason];
    return content;
  }

  async function show(id) {
    const at = data.id.indexOf(id);
    if (at < 0) return;
    mark(id, true);
    const content = await fill(id);
    if (content) open([data.lat[at], data.lon[at]], content, id);
  }

  async function load(fit) {
    const source = document.getElementById("places");
    if (!source) return;
    loaded = Date.now();
    const address = source.dataset.points;
    const answer = await fetch(address, { headers: { accept: "application/json" } }).catch(() => null);
    // whoever chose something else in the meantime waits for that
    if (!answer?.ok || address !== document.getElementById("places")?.dataset.points) return;
    data = await answer.json();
    data.address = address;
    index = new Supercluster({ radius: 48, maxZoom: map.getMaxZoom(), map: ({ state }) => ({ state }),
      reduce: (sum, one) => { sum.state = Math.max(sum.state, one.state); } });
    index.load(data.id.map((_, at) => ({ type: "Feature", properties: { at, state: data.state[at] },
      geometry: { type: "Point", coordinates: [data.lon[at], data.lat[at]] } })));
    offer();
    if (popup.site && !data.id.includes(popup.site)) popup.close();
    if (fit) {
      if (!box.dataset.tiles && !named) towns(data.towns);
      named = true;
      const places = data.id.length ? data.id.map((_, at) => [data.lat[at], data.lon[at]]) : data.towns.map((town) => [town.lat, town.lon]);
      if (places.length) map.fitBounds(L.latLngBounds(places), { padding: [34, 34], maxZoom: 15, animate: false });
      else map.setView([51.2, 8.0], 9);
    }
    draw();
  }

  // rows have a button once there is something that it can show
  function offer() {
    document.querySelectorAll("[data-show]").forEach((button) => { button.hidden = false; });
  }

  function refresh() {
    const source = document.getElementById("places");
    if (!source) return;
    if (data) offer();
    if (popup.isOpen() && popup.site) fill(popup.site);
    const other = source.dataset.points !== data?.address;
    if (other || data.id.length < MANY || Date.now() - loaded > PAUSE) load(other && townOf(source.dataset.points) !== townOf(data?.address ?? ""));
  }

  const townOf = (address) => new URLSearchParams(address.split("?")[1]).get("ort");

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
    const step = (span) => [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005].find((s) => span > 3 * s) ?? 0.002;
    const text = (value) => value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 3 }) + "°";
    const label = (at, words, where) => L.marker(at, { interactive: false, keyboard: false,
      icon: L.divIcon({ className: `degree ${where}`, html: words, iconSize: null }) }).addTo(lines);
    map.on("moveend", () => {
      lines.clearLayers();
      const b = map.getBounds().pad(0.1);
      const view = map.getBounds();
      // a map may be much wider than high
      const up = step(view.getNorth() - view.getSouth());
      const along = Math.max(up, step(view.getEast() - view.getWest()));
      const style = { className: "graticule", interactive: false };
      for (let lat = Math.ceil(b.getSouth() / up) * up; lat <= b.getNorth(); lat += up) {
        L.polyline([[lat, b.getWest()], [lat, b.getEast()]], style).addTo(lines);
        if (lat > view.getSouth() && lat < view.getNorth()) label([lat, view.getEast()], text(lat) + " N", "east");
      }
      for (let lon = Math.ceil(b.getWest() / along) * along; lon <= b.getEast(); lon += along) {
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
    const at = button && data ? data.id.indexOf(Number(button.dataset.show)) : -1;
    if (at < 0) return;
    map.setView([data.lat[at], data.lon[at]], Math.max(map.getZoom(), 14), { animate: !calm });
    show(data.id[at]);
    box.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  });
  map.on("moveend", draw);
  document.addEventListener("htmx:after:swap", ({ detail }) => detail.ctx.target.id === "sites" && refresh());
  load(true);
})();
