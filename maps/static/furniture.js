/* furniture.js: what stands on every map, and the start of the page. */
"use strict";
(function () {
  const node = yixian.node;

  yixian.furnish = function (map) {
    yixian.map = map;
    nameControls(map);
    L.control.zoom({ position: "topleft", zoomInTitle: yixian.word("map.zoom_in"), zoomOutTitle: yixian.word("map.zoom_out") }).addTo(map);
    corner("topleft", homeButton).addTo(map);
    if (document.fullscreenEnabled) corner("topleft", fullScreenButton).addTo(map);
    corner("topleft", northArrow).addTo(map);
    L.control.scale({ position: "bottomleft", imperial: false, maxWidth: 110 }).addTo(map);
    sayOnMap(map, "credit", "bottomleft");
    sayOnMap(map, "chip", "topleft");
    yixian.buildPanel(document.getElementById("panel"), yixian.page, map);
    map.getContainer().classList.toggle("upon-backdrop", !!yixian.page.backdrop);
    markZoom(map);
    map.on("zoomend", () => markZoom(map));
    map.on("popupopen", (event) => nameClose(event.popup));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") map.closePopup(); // Leaflet listens only while the map has the focus
    });
    map.invalidateSize({ animate: false }); // the panel has taken its room by now
    yixian.begin(map);
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
    document.documentElement.dataset.ready = String(Math.round(performance.now())); // ms since the page was asked for
  };

  function corner(position, make) {
    const control = L.control({ position: position });
    control.onAdd = () => {
      const made = make(control);
      L.DomEvent.disableClickPropagation(made);
      return made;
    };
    return control;
  }

  /* A line of the page's data on the map, where there is one. */
  function sayOnMap(map, key, position) {
    let [control, text] = [null, ""];
    const say = () => {
      const next = yixian.page[key] || "";
      if (next === text) return;
      if (control) control.remove();
      text = next;
      control = text ? corner(position, () => node("p", key, text)).addTo(map) : null;
    };
    say();
    yixian.renewals.push(say);
  }

  function homeButton(control) {
    const button = node("button", "", yixian.symbol("sym-home"));
    button.type = "button";
    button.title = yixian.word("map.home");
    button.setAttribute("aria-label", button.title);
    button.addEventListener("click", () => yixian.goHome());
    return node("div", "leaflet-bar home", button);
  }

  /* The map alone on the whole screen, with all that stands on it; Escape leads back, as everywhere. */
  function fullScreenButton() {
    const frame = document.getElementById("map-frame");
    const button = node("button", "");
    button.type = "button";
    const say = () => {
      const isFull = document.fullscreenElement === frame;
      button.title = yixian.word(isFull ? "map.full_end" : "map.full");
      button.setAttribute("aria-label", button.title);
      button.replaceChildren(yixian.symbol(isFull ? "sym-full-end" : "sym-full"));
    };
    let isWhole = false;
    button.addEventListener("click", () => {
      isWhole = yixian.showsWhole();
      const change = document.fullscreenElement ? document.exitFullscreen() : frame.requestFullscreen();
      change.catch(() => {}); // the browser may refuse, and the map stays where it is
    });
    document.addEventListener("fullscreenchange", () => {
      say();
      yixian.map.invalidateSize({ animate: false });
      if (isWhole) yixian.goHome({ animate: false });
    });
    say();
    return node("div", "leaflet-bar home full", button);
  }

  /* What is in view at first; a page with something to show in particular has its own. */
  yixian.begin = function () {
    yixian.goHome({ animate: false });
  };

  yixian.showsWhole = function () {
    return yixian.map.getBounds().contains(yixian.page.bounds) && yixian.map.getZoom() < 12;
  };

  /* Give the map the room that is there; while the county was whole in view it stays so. */
  yixian.refit = function (change) {
    const map = yixian.map;
    const whole = yixian.showsWhole();
    change();
    map.invalidateSize({ animate: false });
    if (whole) yixian.goHome({ animate: false });
  };

  /* The whole county, beside the legend where that stands on the map. */
  yixian.goHome = function (options) {
    const card = yixian.map.getContainer().querySelector(".legend-card");
    const aside = card ? card.offsetWidth + 10 : 14;
    const room = { paddingTopLeft: [card ? 44 : 14, 14], paddingBottomRight: [aside, 18] };
    yixian.map.fitBounds(yixian.page.bounds, { ...room, ...options });
  };

  function northArrow() {
    const arrow = node("div", "north", yixian.symbol("sym-north"), node("span", "", yixian.word("map.north_letter")));
    arrow.title = yixian.word("map.north");
    return arrow;
  }

  /* Symbols and labels are sparse while the whole county is in view. */
  function markZoom(map) {
    const box = map.getContainer().classList;
    box.toggle("zoom-whole", map.getZoom() < 11.25);
    box.toggle("zoom-far", map.getZoom() < 12.5);
    box.toggle("zoom-near", map.getZoom() >= 13.5);
  }

  function nameControls(map) {
    map.getContainer().setAttribute("aria-label", yixian.page.county + " " + yixian.page.title);
    const list = map.getContainer().querySelector(".leaflet-control-layers-list");
    if (!list) return;
    list.prepend(node("p", "layers-title", yixian.word("map.layers")));
    const toggle = map.getContainer().querySelector(".leaflet-control-layers-toggle");
    toggle.title = yixian.word("map.layers");
    toggle.setAttribute("aria-label", toggle.title);
  }

  function nameClose(popup) {
    const close = popup.getElement().querySelector(".leaflet-popup-close-button");
    close.setAttribute("aria-label", yixian.word("map.close"));
    close.title = yixian.word("map.close");
  }
})();
