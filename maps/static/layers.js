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

  yixian.makePanes = function (map) {
    for (const [name, [height, quiet]] of Object.entries(PANES)) {
      const pane = map.getPane(name) || map.createPane(name);
      pane.style.zIndex = height;
      if (quiet) pane.style.pointerEvents = "none";
    }
  };

  /* Every map has our panes before its first layer is added. */
  L.Map.addInitHook(function () {
    yixian.makePanes(this);
    this.yixianLabels = new yixian.Labels(this);
  });

  /* By the kind that the data name; other scripts add their own. */
  yixian.kinds = { areas, points, lines, dots };

  yixian.layer = function (block) {
    const data = yixian.read(block);
    const layer = yixian.kinds[data.kind](data);
    layer.byId = layer.byId || new Map();
    if (data.labels || layer.obstacles) {
      layer.on("add", () => {
        const labels = layer._map.yixianLabels;
        labels.show(layer, data.labels || [], layer.obstacles || []);
        layer.once("remove", () => labels.hide(layer));
      });
    }
    yixian.layers[block] = layer;
    return layer;
  };

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

  /* A canvas knows no SVG patterns: there the plain colour stands for the class. */
  function canvasStyle(key) {
    const style = yixian.style(key);
    return { color: style.stroke, weight: 0.7, fill: true, fillColor: style.fill, fillOpacity: 0.35 };
  }

  function areas(data) {
    const styleOf = data.canvas ? canvasStyle : areaStyle;
    const byId = new Map();
    const layer = L.geoJSON(data.data, {
      pane: data.pane,
      renderer: data.canvas ? L.canvas({ pane: data.pane }) : L.svg({ pane: data.pane, padding: 0.3 }),
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

  function lines(data) {
    const canvases = {};
    const group = L.featureGroup();
    for (const feature of data.data.features) {
      for (const line of data.lines[feature.properties.id]) {
        if (data.canvas) canvases[line.pane] = canvases[line.pane] || L.canvas({ pane: line.pane, padding: 0.3 });
        const renderer = data.canvas ? canvases[line.pane] : undefined;
        L.geoJSON(feature, { pane: line.pane, interactive: false, renderer: renderer, style: line }).addTo(group);
      }
    }
    return group;
  }

  /* --- dots --- */

  function dots(data) {
    const renderer = L.canvas({ pane: data.pane, padding: 0.3 });
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
    const content = () => {
      const box = layer._map.getContainer();
      const legend = box.querySelector(".legend-card");
      Object.assign(layer.getPopup().options, {
        maxHeight: Math.max(180, box.clientHeight - 90), // what is longer scrolls
        autoPanPaddingTopLeft: [yixian.isNarrow() ? 24 : 60, 24], // beside the buttons and the legend
        autoPanPaddingBottomRight: [legend ? legend.offsetWidth + 24 : 24, 24],
      });
      return yixian.card(about.card);
    };
    layer.bindPopup(content, { maxWidth: wide, minWidth: Math.min(260 * unit(), wide) });
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

  /* Fly to a feature and open its popup; a layer that is switched off is switched on first. */
  yixian.goTo = function (map, block, id) {
    const layer = yixian.layers[block];
    const target = layer.byId.get(id);
    if (!map.hasLayer(layer)) map.addLayer(layer);
    const place = target.about.at ? L.latLng(target.about.at) : target.getLatLng();
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
  };
})();
