/* asking.js: a click on the map asks who is first there.
 *
 * Asking is going to another address: nothing is fetched. The view travels in the address after #map=. A page without
 * an address to ask, such as a saved file, shows the coordinates instead.
 */
"use strict";
(function () {
  const node = yixian.node;
  const PATIENCE_MS = 260; // a second click within this time zooms, and does not ask
  const about = yixian.page.ask;
  let asking = null;

  /* --- where to look --- */

  yixian.begin = function (map) {
    const view = /^#map=([\d.]+)\/(-?[\d.]+)\/(-?[\d.]+)$/.exec(location.hash);
    if (view) map.setView([Number(view[2]), Number(view[3])], Number(view[1]), { animate: false });
    else if (yixian.page.focus) yixian.show(map, yixian.page.focus, { animate: false });
    else yixian.goHome({ animate: false });
    map.getContainer().classList.add("asks");
    if (yixian.page.focus) answerButton(map);
    listen(map);
    if (about.href) keepView(map);
  };

  /* Bounds, beside the legend where that stands on the map. */
  yixian.show = function (map, bounds, options) {
    const card = map.getContainer().querySelector(".legend-card");
    const [near, far] = [card ? 70 : 40, card ? card.offsetWidth + 50 : 40];
    const closest = 15 + Math.max(0, Math.log2(map.getSize().x / 1100)); // a wall shows as much ground, larger
    const room = { paddingTopLeft: [near, 56], paddingBottomRight: [far, 44], maxZoom: closest };
    map.fitBounds(bounds, { ...room, animate: !yixian.prefersStillness(), ...options });
  };

  function answerButton(map) {
    const control = L.control({ position: "topleft" });
    control.onAdd = () => {
      const button = node("button", "", yixian.symbol("sym-place", "place"));
      button.type = "button";
      button.title = about.words.whole;
      button.setAttribute("aria-label", button.title);
      button.addEventListener("click", () => yixian.show(map, yixian.page.focus));
      const box = node("div", "leaflet-bar home", button);
      L.DomEvent.disableClickPropagation(box);
      return box;
    };
    control.addTo(map);
  }

  function viewOf(map) {
    const middle = map.getCenter();
    return "#map=" + [map.getZoom().toFixed(1), middle.lat.toFixed(5), middle.lng.toFixed(5)].join("/");
  }

  /* Reloading, going back and changing the language keep the view. */
  function keepView(map) {
    map.on("moveend", () => history.replaceState(null, "", viewOf(map)));
    document.getElementById("masthead").addEventListener("click", (event) => {
      const other = event.target.closest(".link-lang");
      if (other) other.hash = viewOf(map);
    });
  }

  /* --- asking --- */

  function listen(map) {
    let closes = false; // a click that closes a popup does only that
    map.on("preclick", () => (closes = map.getContainer().querySelector(".leaflet-popup") !== null));
    map.on("click", (event) => {
      if (closes) return;
      clearTimeout(asking);
      asking = setTimeout(() => ask(map, event.latlng.lng, event.latlng.lat), about.href ? PATIENCE_MS : 0);
    });
    map.on("dblclick", () => clearTimeout(asking));
    map.on("contextmenu", (event) => ask(map, event.latlng.lng, event.latlng.lat)); // a long press
    window.addEventListener("pageshow", (event) => {
      if (event.persisted && yixian.asked) yixian.asked.remove(); // back from the answer
    });
  }

  function ask(map, lon, lat) {
    clearTimeout(asking);
    const place = [lon.toFixed(6), lat.toFixed(6)];
    if (yixian.asked) yixian.asked.remove();
    const size = 40;
    const icon = L.divIcon({ className: "mark mark-asked", html: yixian.symbol("sym-place", "place"), iconSize: [size, size] });
    yixian.asked = L.marker([lat, lon], { icon: icon, interactive: false, keyboard: false, pane: "marks", zIndexOffset: 2100 }).addTo(map);
    if (!about.href) {
      showPlace(map, [lat, lon], place.join(", "));
      return;
    }
    yixian.asked.bindTooltip(node("b", "", about.words.asking), { permanent: true, direction: "top", opacity: 1 });
    const address = new URL(about.href, location.href);
    address.searchParams.set("lon", place[0]);
    address.searchParams.set("lat", place[1]);
    address.hash = viewOf(map);
    location.assign(address.href);
  }

  /* The coordinates of a place, to be copied. */
  function showPlace(map, at, text) {
    const input = node("input", "coordinates");
    input.readOnly = true;
    input.value = text;
    input.id = "coordinates";
    input.addEventListener("focus", () => input.select());
    const label = node("label", "", about.words.copy);
    label.htmlFor = input.id;
    L.popup({ autoPanPadding: [24, 24], offset: [0, -12] }).setLatLng(at).setContent(node("div", "card", label, input)).openOn(map);
    input.focus({ preventScroll: true });
  }

  /* --- in the panel --- */

  yixian.sections.asking = function (section, map) {
    const box = node("section", "asking", node("h2", "", section.title));
    box.append(node("p", "note", section.help[about.href ? "served" : "saved"]), fields(section, map), finder(section, map));
    const open = section.incidents;
    if (open.items.length) box.append(node("h3", "", open.title), choices(open.items, map));
    return box;
  };

  function fields(section, map) {
    const form = node("form", "place-form");
    const inputs = ["lon", "lat"].map((name) => {
      const [text, value] = section[name];
      const input = node("input", "");
      input.id = "ask-" + name;
      input.inputMode = "decimal";
      input.autocomplete = "off";
      input.value = value;
      const label = node("label", "", text);
      label.htmlFor = input.id;
      form.append(node("div", "", label, input));
      return input;
    });
    const button = node("button", "go", section.button);
    const wrong = node("p", "wrong");
    wrong.setAttribute("role", "alert");
    form.append(button);
    form.noValidate = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const [lon, lat] = inputs.map((input) => (input.value.trim() === "" ? NaN : Number(input.value)));
      const isPlace = Math.abs(lon) <= 180 && Math.abs(lat) <= 90;
      wrong.textContent = isPlace ? "" : about.words.not_a_place;
      if (isPlace) askAt(map, lon, lat);
    });
    return node("div", "", form, wrong);
  }

  /* A place that may be out of view: it comes into the middle. */
  function askAt(map, lon, lat) {
    if (!map.getBounds().pad(-0.1).contains([lat, lon])) map.setView([lat, lon], map.getZoom(), { animate: false });
    ask(map, lon, lat);
  }

  function finder(section, map) {
    const input = node("input", "");
    input.type = "search";
    input.id = "find";
    input.placeholder = yixian.word("find.hint");
    input.autocomplete = "off";
    const label = node("label", "", section.find);
    label.htmlFor = input.id;
    const said = node("p", "note");
    said.setAttribute("aria-live", "polite");
    const found = node("div", "");
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      const hits = wanted ? section.villages.filter(([name, , code]) => name.toLowerCase().includes(wanted) || code.startsWith(wanted)) : [];
      found.replaceChildren(choices(hits.slice(0, 12), map));
      const number = yixian.word("find.found").replace("{count}", String(hits.length));
      said.textContent = !wanted ? "" : hits.length ? number : yixian.word("find.none");
    });
    return node("div", "find", label, input, said, found);
  }

  /* Places to choose from: [name, note, code, lon, lat]. */
  function choices(items, map) {
    const list = node("ul", "entries");
    for (const [name, note, code, lon, lat] of items) {
      const text = node("span", "what", node("b", "", name), node("span", "note", note));
      const button = node("button", "entry", text, node("span", "side", code));
      button.type = "button";
      button.addEventListener("click", () => askAt(map, lon, lat));
      list.append(node("li", "", button));
    }
    return list;
  }
})();
