/* layers.js: a data block becomes a Leaflet layer.
 *
 * Four kinds: areas (patterned polygons that answer a click), points (our SVG symbols), lines (scenery) and dots (many
 * places at once). Popups and tooltips are nodes filled through textContent.
 */
"use strict";
(function () {
  /* From the ground up; a pane that is only looked at lets the mouse through. */
  const PANES = {
    land: [300, true],
    areas: [400, false],
    woods: [402, true],
    grids: [405, false],
    "zones-fire": [410, false],
    "zones-geo": [415, false],
    rivers: [430, true],
    roads: [435, true],
    borders: [440, true],
    routes: [450, true],
    closed: [455, true],
    dots: [590, true],
    marks: [600, false],
    labels: [620, true],
    rows: [630, false],
  };

  yixian.layers = {};

  /* A canvas knows no variables of a style sheet. */
  const fillStroke = L.Canvas.prototype._fillStroke;
  L.Canvas.include({
    _fillStroke: function (context, path) {
      const { color, fillColor } = path.options;
      if (yixian.colour(color) === color && yixian.colour(fillColor) === fillColor) return fillStroke.call(this, context, path);
      const options = { ...path.options, color: yixian.colour(color), fillColor: yixian.colour(fillColor) };
      return fillStroke.call(this, context, { options: options });
    },
  });

  yixian.makePanes = function (map) {
    for (const [name, [height, quiet]] of Object.entries(PANES)) {
      const pane = map.getPane(name) || map.createPane(name);
      pane.style.zIndex = height;
      if (quiet) pane.style.pointerEvents = "none";
    }
  };

  /* An area that listens for the focus is a stop of the Tab key: a whole county before the first button. Lists and the
   * search lead to areas. */
  const listenForFocus = L.Layer.prototype._addFocusListenersOnLayer;
  L.Layer.include({
    _addFocusListenersOnLayer: function (layer) {
      if (!(layer instanceof L.Path)) listenForFocus.call(this, layer);
    },
  });

  /* Every map has our panes before its first layer is added. */
  L.Map.addInitHook(function () {
    yixian.makePanes(this);
    this.yixianLabels = new yixian.Labels(this);
    document.addEventListener("yixian:look", () => this.eachLayer((layer) => layer instanceof L.Canvas && layer._redraw()));
  });

  /* The list of the layers: what appears later is added to it. */
  L.Control.Layers.addInitHook(function () {
    yixian.layerControl = this;
  });

  /* By the kind that the data name; other scripts add their own. */
  yixian.kinds = { areas, points, lines, dots };

  /* A layer that stays the same while what it shows is renewed: what holds it, and whether it is shown, stays too. What
   * it shows is made when it is first switched on, or needed. */
  yixian.layer = function (block, data) {
    const group = L.featureGroup();
    const renderers = new Map();
    const own = (name, make) => {
      if (!renderers.has(name)) renderers.set(name, make());
      return renderers.get(name);
    };
    let coming = null;
    const fill = (payload) => {
      if (group.shown) return; // a live page was faster
      group.shown = made(block, payload, own);
      group.byId = group.shown.byId;
      group.addLayer(group.shown);
    };
    group.byId = new Map();
    group.renew = (next) => (group.shown ? renew(group, made(block, next, own)) : fill(next));
    /* `then` is called when the layer is made: at once where its data are here, never where they do not come. */
    group.build = (then = () => {}) => {
      if (!group.shown && yixian.isHere(block)) fill(yixian.read(block));
      if (group.shown) return then();
      coming = coming || arrive(block).then(fill);
      return coming.then(then, () => {
        coming = null; // the next one who wants it tries again
        if (yixian.map.hasLayer(group)) yixian.note(yixian.map, block, yixian.word("boot.failed"));
      });
    };
    group.on("add", () => group.build());
    group.on("remove", () => group.shown || yixian.note(yixian.map, block, ""));
    if (data) fill(data);
    yixian.layers[block] = group;
    return group;
  };

  /* The data of a layer as they are when they have come: a live page may have moved on meanwhile. */
  async function arrive(block) {
    const address = yixian.addresses[block];
    const payload = await yixian.fetchBlock(address);
    if (yixian.addresses[block] !== address) return arrive(block);
    yixian.note(yixian.map, block, "");
    return payload;
  }

  /* `own` gives the layer's renderer of a name: a renewed layer keeps its place among the others. */
  function made(block, data, own) {
    if (!yixian.kinds[data.kind]) location.reload(); // too many now: the page comes again with what draws tiles
    const layer = yixian.kinds[data.kind](data, own);
    layer.byId = layer.byId || new Map();
    if (data.note) {
      layer.on("add", () => yixian.note(layer._map, block, data.note));
      layer.on("remove", () => yixian.note(yixian.map, block, ""));
    }
    if (data.labels || layer.obstacles) {
      layer.on("add", () => {
        const labels = layer._map.yixianLabels;
        labels.show(layer, data.labels || [], layer.obstacles || []);
        layer.once("remove", () => labels.hide(layer));
      });
    }
    return layer;
  }

  /* An open popup goes over to the feature that has its id now, and the focus too. */
  function renew(group, next) {
    const popup = popupOf(group.shown);
    const focused = [...group.byId].find(([, one]) => one.getElement && one.getElement() === document.activeElement);
    const before = popup && popup._source;
    if (before) before.unbindPopup(); // or it would close with its layer
    group.removeLayer(group.shown);
    group.shown = next;
    group.byId = next.byId;
    group.addLayer(next);
    if (before) hand(popup, before, next.byId.get(before.about.id));
    const marked = focused && next.byId.get(focused[0]);
    if (marked && marked.getElement()) marked.getElement().focus({ preventScroll: true });
  }

  function popupOf(layer) {
    const popup = yixian.map && yixian.map._popup;
    return popup && popup.isOpen() && popup._source && layer.hasLayer(popup._source) ? popup : null;
  }

  function hand(popup, before, after) {
    if (!after) return popup.close();
    after.unbindPopup().bindPopup(popup);
    if (JSON.stringify(after.about.card) === JSON.stringify(before.about.card)) return undefined;
    const scrolled = popup.getElement().querySelector(".leaflet-popup-content").scrollTop;
    popup.options.autoPan = false; // whoever looks elsewhere goes on looking there
    popup.update();
    popup.options.autoPan = true;
    popup.getElement().querySelector(".leaflet-popup-content").scrollTop = scrolled;
    return undefined;
  }

  const none = (name, make) => make();

  /* What a pixel of ours is on this screen: more on walls. */
  let unitPx = 0;
  function unit() {
    unitPx = unitPx || parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    return unitPx;
  }

  /* --- areas --- */

  function areaStyle(key) {
    const style = yixian.style(key);
    return {
      color: style.stroke,
      weight: style.weight,
      dashArray: style.dash,
      fill: true,
      fillColor: style.pattern ? "url(#" + style.pattern + ")" : style.fill || "transparent",
      fillOpacity: 1,
      opacity: 0.9,
    };
  }

  /* Give an area of a layer another class. */
  yixian.restyle = function (area, style) {
    area.about.style = style;
    area.setStyle(areaStyle(style));
  };

  /* A canvas knows no SVG patterns: there the plain colour stands for the class. */
  function canvasStyle(key) {
    const style = yixian.style(key);
    return { color: style.stroke, weight: 0.7, fill: true, fillColor: style.fill, fillOpacity: 0.35 };
  }

  function areas(data, own = none) {
    const styleOf = data.canvas ? canvasStyle : areaStyle;
    const byId = new Map();
    const layer = L.geoJSON(data.data, {
      pane: data.pane,
      renderer: data.canvas
        ? own("canvas", () => L.canvas({ pane: data.pane }))
        : own("svg", () => L.svg({ pane: data.pane, padding: 0.3 })),
      style: (feature) => styleOf(feature.properties.style),
      onEachFeature: (feature, area) => {
        byId.set(feature.properties.id, area);
        explain(area, feature.properties);
        area.on("mouseover", () => area.setStyle({ weight: (styleOf(feature.properties.style).weight || 1) + 2 }));
        area.on("mouseout", () => area.setStyle(styleOf(feature.properties.style)));
      },
    });
    layer.byId = byId;
    return layer;
  }

  /* --- points --- */

  const SIZES = {
    "sym-hq": 34,
    "sym-post": 24,
    "sym-station": 20,
    "sym-site": 22,
    "sym-site-removed": 16,
    "sym-incident-open": 30,
    "sym-incident-done": 22,
    "sym-detection": 24,
    "sym-place": 40,
    "sym-closed": 26,
    "sym-slowed": 24,
    "sym-row-refused": 26,
    "sym-row-repaired": 22,
    "sym-row-warned": 24,
  };
  const RAISED = { "sym-hq": 300, "sym-closed": 500, "sym-slowed": 500, "sym-incident-open": 1000, "sym-place": 2000, "sym-post": 200 };

  function points(data) {
    const byId = new Map();
    const obstacles = [];
    const scale = unit();
    const pane = data.pane || "marks";
    const layer = L.geoJSON(data.data, {
      pane: pane,
      pointToLayer: (feature, place) => {
        const about = feature.properties;
        const size = Math.round(SIZES[about.symbol] * scale);
        return L.marker(place, {
          pane: pane,
          keyboard: about.symbol.startsWith("sym-incident"),
          alt: about.card.t,
          zIndexOffset: RAISED[about.symbol] || 0,
          icon: L.divIcon({
            className: "mark mark-" + about.symbol + " mark-" + about.style,
            html: yixian.symbol(about.symbol, about.style, about.text),
            iconSize: [size, size],
          }),
        });
      },
      onEachFeature: (feature, point) => {
        byId.set(feature.properties.id, point);
        explain(point, feature.properties);
        if (point.options.keyboard) point.on("add", () => point.getElement().setAttribute("aria-label", feature.properties.card.t));
        const symbol = feature.properties.symbol;
        const soft = symbol === "sym-station"; // a name would rather not cover it, but may
        if (soft || RAISED[symbol]) obstacles.push({ at: point.getLatLng(), size: SIZES[symbol] * scale, soft: soft });
      },
    });
    layer.byId = byId;
    layer.obstacles = obstacles;
    return layer;
  }

  /* --- lines --- */

  function lines(data, own = none) {
    const group = L.featureGroup();
    for (const feature of data.data.features) {
      for (const line of data.lines[feature.properties.id]) {
        const renderer = data.canvas ? own(line.pane, () => L.canvas({ pane: line.pane, padding: 0.3 })) : undefined;
        L.geoJSON(feature, { pane: line.pane, interactive: false, renderer: renderer, style: line }).addTo(group);
      }
    }
    return group;
  }

  /* --- dots --- */

  function dots(data, own = none) {
    const renderer = own("dots", () => L.canvas({ pane: data.pane, padding: 0.3 }));
    const group = L.featureGroup();
    for (const set of data.sets) {
      const style = yixian.style(set.style);
      const look = { radius: 2.6, color: style.stroke, weight: 0.8, fillColor: style.fill, fillOpacity: 0.9 };
      for (const at of set.at) {
        L.circleMarker(at, { ...look, pane: data.pane, renderer: renderer, interactive: false }).addTo(group);
      }
    }
    return group;
  }

  /* --- popups and tooltips --- */

  function explain(layer, about) {
    layer.about = about;
    const wide = Math.min(340 * unit(), window.innerWidth - 84); // on a phone it must fit between the edges
    const content = (source) => {
      const box = source._map.getContainer();
      const legend = box.querySelector(".legend-card");
      Object.assign(source.getPopup().options, {
        maxHeight: Math.max(180, box.clientHeight - 90), // what is longer scrolls
        autoPanPaddingTopLeft: [yixian.isNarrow() ? 24 : 60, 24], // beside the buttons and the legend
        autoPanPaddingBottomRight: [legend ? legend.offsetWidth + 24 : 24, 24],
      });
      return yixian.card(source.about.card);
    };
    if (yixian.page.cards !== "panel") layer.bindPopup(content, { maxWidth: wide, minWidth: Math.min(260 * unit(), wide) });
    if (!window.matchMedia("(hover: hover)").matches) return; // a thumb opens the popup at once
    layer.bindTooltip(() => tip(about.card), { sticky: !!layer.setStyle, direction: "top", opacity: 1 });
  }

  function tip(card) {
    return yixian.node("div", "tip", yixian.node("b", "", card.t), yixian.node("span", "", card.b));
  }

  /* A popup: title, badge, lines of label and value, and a closing note. */
  yixian.card = function (card) {
    const badge = yixian.dress(yixian.node("span", "badge", card.b), card.s);
    const rows = yixian.node("dl", "rows");
    for (const [label, value] of card.r) rows.append(yixian.node("dt", "", label), yixian.node("dd", "", value));
    const lines = card.l ? yixian.node("ul", "lines") : null;
    for (const [style, text] of card.l || []) {
      lines.append(yixian.node("li", "", yixian.dress(yixian.node("i", ""), style), yixian.node("span", "", text)));
    }
    return yixian.node(
      "article",
      "card",
      yixian.node("h3", "", card.t),
      badge,
      card.n ? yixian.node("p", "note", card.n) : null,
      ...yixian.cardParts.map((part) => part(card)),
      rows,
      lines
    );
  };

  /* What other scripts add to a card: functions of the card that give a node or nothing. */
  yixian.cardParts = [];

  /* What a layer does not show, said on the map; an empty text takes it back. */
  yixian.note = function (map, block, text) {
    if (!map) return;
    const notes = (map.yixianNotes = map.yixianNotes || notesOn(map));
    if (text) notes.texts.set(block, text);
    else notes.texts.delete(block);
    notes.list.replaceChildren(...[...notes.texts.values()].map((one) => yixian.node("li", "", one)));
    notes.list.hidden = !notes.texts.size;
  };

  function notesOn(map) {
    const list = yixian.node("ul", "left-out");
    list.setAttribute("role", "status");
    const control = L.control({ position: "bottomleft" });
    control.onAdd = () => list;
    control.addTo(map);
    return { list: list, texts: new Map() };
  }

  /* Fly to a feature and open its popup; a layer that is switched off is switched on first. */
  yixian.goTo = function (map, block, id) {
    const layer = yixian.layers[block];
    if (layer.goTo) layer.goTo(map, id); // a tiled one asks where it is
    else layer.build(() => go(map, layer, layer.byId.get(id)));
  };

  function go(map, layer, target) {
    if (!map.hasLayer(layer)) map.addLayer(layer);
    const place = target.about.at ? L.latLng(target.about.at) : target.getLatLng ? target.getLatLng() : target.getBounds().getCenter();
    const zoom = Math.min(14, target.getBounds ? map.getBoundsZoom(target.getBounds().pad(0.7)) : 14);
    const open = () => target.openPopup(place);
    map.closePopup();
    if (yixian.prefersStillness()) {
      map.setView(place, zoom, { animate: false });
      open();
      return;
    }
    map.once("moveend", open);
    map.flyTo(place, zoom, { duration: 0.7 });
  }
})();
