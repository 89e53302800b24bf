/* tiles.js: layers of vector tiles, with the looks and the cards of every other layer.
 *
 * A tile's properties are data: they reach the page through yixian.card and yixian.node, as text. What the page's own
 * block knows of a feature (its state, its card) is joined to it by its id.
 */
"use strict";
(function () {
  const PAUSES_MS = [0, 500, 2000]; // before a tile is asked for, and asked for again
  const PATIENCE_MS = 700; // what comes sooner needs no word about it

  /* --- what VectorGrid does otherwise --- */

  const SMALL_PX = 7; // below it neither a pattern nor a border is seen, and both take time

  L.Canvas.Tile.include({
    /* A pattern runs on from tile to tile: it is shifted by where the tile lies. */
    _fillStroke: function (context, path) {
      const { fillColor, plain, hovered } = path.options;
      if (plain && !hovered && isSmall(path._parts)) {
        context.globalAlpha = 0.8;
        context.fillStyle = plain;
        context.fill();
        return;
      }
      if (fillColor instanceof CanvasPattern && fillColor.tile !== this) {
        fillColor.setTransform(fillColor.turned(this._tileCoord, this._size));
        fillColor.tile = this;
      }
      L.Canvas.prototype._fillStroke.call(this, context, path);
    },
  });

  function isSmall(parts) {
    if (!parts || parts.length !== 1) return false;
    const [first, ...others] = parts[0];
    return others.every((one) => Math.abs(one.x - first.x) < SMALL_PX && Math.abs(one.y - first.y) < SMALL_PX);
  }

  /* Clicks are looked up by us, so a tile lets the mouse through to what lies under it. */
  function canvasTile(coords, size, options) {
    const tile = L.canvas.tile(coords, size, options);
    tile.getContainer().style.pointerEvents = "none";
    return tile;
  }

  /* The options of a VectorGrid for the layer that a data block describes. */
  yixian.tiles = function (block) {
    const about = yixian.read(block);
    return {
      block: block,
      pane: about.pane,
      interactive: !about.quiet, // else a feature would not know where it is drawn
      maxZoom: about.deepest,
      rendererFactory: canvasTile,
      getFeatureId: (feature) => feature.properties.id,
      vectorTileLayerStyles: {},
    };
  };

  const promiseOfTile = L.VectorGrid.Protobuf.prototype._getVectorTilePromise;

  function withoutPoints(tile) {
    for (const layer of Object.values(tile.layers)) layer.features = layer.features.filter((one) => one.type !== 1);
    return tile;
  }

  const nothing = () => new Response(null, { status: 404 });

  L.VectorGrid.Protobuf.include({
    /* As VectorGrid does, which asks with `fetch` at once; but a tile that does not come is asked for again. */
    _getVectorTilePromise: function (coords) {
      if (!this.about) return promiseOfTile.call(this, coords).then(withoutPoints, () => ({ layers: {} }));
      const real = window.fetch;
      window.fetch = (address) => this.ask(real, address, this._tileCoordsToKey(coords));
      try {
        const tile = promiseOfTile.call(this, coords);
        return Promise.all([tile, this.patterns]).then(([made]) => made);
      } finally {
        window.fetch = real;
      }
    },

    /* A tile's answer, an empty one where it never comes; counts what it leaves out. */
    ask: async function (fetch, address, key) {
      for (const pause of PAUSES_MS) {
        await new Promise((resolve) => setTimeout(resolve, pause));
        if (!this._tiles[key]) return nothing(); // the view has moved on
        const answer = await fetch.call(window, address).catch(() => null);
        if (answer && answer.ok) {
          this.counts.set(key, Number(answer.headers.get("Yixian-Left-Out")) || 0);
          return answer;
        }
      }
      this.counts.set(key, NaN);
      return nothing();
    },

    /* Take over what the page's data say now; what is drawn is drawn anew where it looks another way. */
    renew: function (about) {
      if (about.kind !== "tiles") return location.reload(); // few enough now to be drawn one by one
      const before = this.about && { about: this.about, positions: this.positions };
      this.about = about;
      this.positions = positionsOf(about.joined);
      this.patterns = patternsOf(about);
      this.options.vectorTileLayerStyles = { [about.layer]: (properties) => look(this, properties) };
      if (before) this.patterns.then(() => this.drawAnew(before));
    },

    drawAnew: function (before) {
      const isMoved = before.about.path !== this.about.path;
      this._url = this.root() + this.about.path;
      if (!this._map) return;
      const ids = [...this.positions.keys()];
      const hasOthers = ids.length !== before.positions.size || ids.some((id) => !before.positions.has(id));
      if (isMoved || hasOthers) return this.redraw();
      for (const id of ids) if (styleOf(before, id) !== styleOf(this, id)) this.resetFeatureStyle(id);
    },

    /* Fly to a feature, wherever it is, and open its card. */
    goTo: async function (map, id) {
      const answer = await fetch(this.door("features/" + encodeURIComponent(id))).catch(() => null);
      if (!answer || !answer.ok) return yixian.note(map, this.options.block, this.about.words.not_found);
      const found = await answer.json();
      const [west, south, east, north] = found.bounds;
      const bounds = L.latLngBounds([south, west], [north, east]);
      const place = L.latLng(found.at[1], found.at[0]);
      if (!map.hasLayer(this)) map.addLayer(this);
      map.closePopup();
      const open = () => this.openCard(map, place, found.properties);
      const zoom = Math.min(14, west === east ? 14 : map.getBoundsZoom(bounds.pad(0.7)));
      if (yixian.prefersStillness()) {
        map.setView(place, zoom, { animate: false });
        return open();
      }
      map.once("moveend", open);
      map.flyTo(place, zoom, { duration: 0.7 });
    },

    /* What the service finds in this layer by a name or code: entries of a list. */
    search: async function (text) {
      const answer = await fetch(this.root() + "v1/search?limit=50&q=" + encodeURIComponent(text));
      if (!answer.ok) throw new Error("status " + answer.status);
      const hits = (await answer.json()).hits.filter((hit) => hit.layer === this.about.layer);
      return hits.map((hit) => ({ id: hit.id, name: hit.name, badge: this.badgeOf(hit.id) }));
    },

    badgeOf: function (id) {
      const position = this.positions.get(id);
      return position === undefined ? "" : cell(this.about.joined.parts.b, position, id);
    },

    root: function () {
      return this._url.slice(0, this._url.indexOf("tiles/"));
    },

    door: function (rest) {
      return this.root() + "tiles/" + this.about.layer + "/" + rest;
    },

    openCard: function (map, place, properties) {
      this.opened = { id: properties.id, card: cardOf(this, properties) };
      const box = map.getContainer();
      const wide = Math.min(340, window.innerWidth - 84);
      const options = { maxWidth: wide, minWidth: Math.min(260, wide), maxHeight: Math.max(180, box.clientHeight - 90), autoPanPadding: [24, 24] };
      const popup = L.popup(options, Object.assign(new L.Evented(), { about: this.opened }));
      popup.setLatLng(place).setContent(yixian.card(this.opened.card)).openOn(map);
    },

    /* The features under the mouse, the uppermost last. */
    featuresAt: function (event) {
      for (const [key, tile] of Object.entries(this._vectorTiles)) {
        if (!this._tiles[key] || !this._tiles[key].current) continue;
        const box = tile.getContainer().getBoundingClientRect();
        const x = (event.clientX - box.left) / box.width;
        const y = (event.clientY - box.top) / box.height;
        if (x < 0 || x >= 1 || y < 0 || y >= 1) continue;
        const place = L.point(x * tile._size.x, y * tile._size.y);
        return Object.values(tile._layers).filter((one) => one._pxBounds && one._containsPoint(place));
      }
      return [];
    },

    /* What is not drawn at this zoom, and whether all tiles came. */
    tell: function () {
      if (!this._map) return;
      let leftOut = 0;
      let failed = 0;
      for (const [key, count] of this.counts) {
        if (!this._tiles[key] || !this._tiles[key].current) continue;
        if (Number.isNaN(count)) failed += 1;
        else leftOut += count;
      }
      const words = this.about.words;
      const said = leftOut && !this.about.quiet ? words.left_out.replace("{layer}", this.about.title).replace("{count}", leftOut.toLocaleString("en")) : "";
      yixian.note(this._map, this.options.block, failed ? words.failed : said);
    },
  });

  L.VectorGrid.Protobuf.addInitHook(function () {
    const block = this.options.block;
    if (!block) return;
    this.byId = new Map(); // no feature is on the page for good
    this.counts = new Map();
    this.renew(yixian.read(block));
    yixian.layers[block] = this;
    let slow = null;
    this.on("loading", () => {
      slow = slow || setTimeout(() => this._map && yixian.note(this._map, block, this.about.words.loading), PATIENCE_MS);
    });
    this.on("load", () => {
      clearTimeout(slow);
      slow = null;
      this.tell();
    });
    this.on("tileunload", (event) => {
      this.counts.delete(this._tileCoordsToKey(event.coords));
    });
    this.on("add", () => listen(this._map, this));
    this.on("remove", () => {
      clearTimeout(slow);
      yixian.note(yixian.map, block, "");
    });
  });

  /* The options of a VectorGrid for a background: areas and lines in quiet colours, nothing that it names. */
  yixian.backdrop = function (block) {
    const about = yixian.read(block);
    const styles = (layer) => {
      const look = typeof layer === "string" && about.looks[layer];
      if (!look) return [];
      const colour = yixian.colour(look.line || look.fill);
      const line = { color: colour, weight: look.weight || 0.5, opacity: 1, radius: 0 };
      return look.fill ? { ...line, fill: true, fillColor: colour, fillOpacity: 1 } : { ...line, fill: false };
    };
    return {
      backdrop: true,
      pane: "tilePane",
      interactive: false,
      minNativeZoom: about.zooms[0],
      maxNativeZoom: about.zooms[1],
      maxZoom: 22,
      rendererFactory: canvasTile,
      vectorTileLayerStyles: new Proxy({}, { get: (_, layer) => styles(layer) }),
    };
  };

  /* --- the mouse: the uppermost layer that has something there answers --- */

  function listen(map, layer) {
    map.tiled = map.tiled || new Set();
    map.tiled.add(layer);
    layer.once("remove", () => map.tiled.delete(layer));
    if (map.hearing) return;
    map.hearing = true;
    const box = map.getContainer();
    box.addEventListener("click", (event) => clicked(map, event), true);
    const hover = hovering(map);
    for (const type of ["mousemove", "mouseover"]) box.addEventListener(type, hover, true);
    box.addEventListener("mouseleave", hover);
  }

  function height(node) {
    const pane = node.closest(".leaflet-pane[style*='z-index'], .leaflet-popup-pane, .leaflet-tooltip-pane, .leaflet-marker-pane");
    return pane ? Number(getComputedStyle(pane).zIndex) || 0 : 0;
  }

  /* A canvas of another layer lies over all below it, also where nothing is drawn. */
  function isBlank(node) {
    return node instanceof HTMLCanvasElement && !node.classList.contains("leaflet-interactive");
  }

  function found(map, event) {
    if (event.type === "mouseleave" || event.target.closest(".leaflet-control")) return null;
    const above = isBlank(event.target) ? 0 : height(event.target);
    let best = null;
    for (const layer of map.tiled) {
      const own = Number(map.getPane(layer.options.pane).style.zIndex);
      if (layer.about.quiet || own < above || (best && own < best.height)) continue;
      const feature = layer.featuresAt(event).pop();
      if (feature) best = { layer: layer, properties: feature.properties, height: own };
    }
    return best;
  }

  function clicked(map, event) {
    if (map._draggableMoved(map)) return;
    const hit = found(map, event);
    if (!hit) return;
    event.stopImmediatePropagation();
    hit.layer.openCard(map, map.mouseEventToLatLng(event), hit.properties);
  }

  function hovering(map) {
    const tip = L.tooltip({ direction: "top", opacity: 1 });
    let shown = null;
    let waiting = 0;
    const leave = () => {
      if (shown) shown.layer.resetFeatureStyle(shown.properties.id);
      shown = null;
      tip.remove();
    };
    const enter = (hit) => {
      shown = hit;
      const own = look(hit.layer, hit.properties);
      hit.layer.setFeatureStyle(hit.properties.id, { ...own, weight: (own.weight || 1) + 2, hovered: true });
      const card = cardOf(hit.layer, hit.properties);
      tip.setContent(yixian.node("div", "tip", yixian.node("b", "", card.t), yixian.node("span", "", card.b)));
    };
    /* What lies under it, and answered until now, sees the mouse leave, and come back. */
    const tellBelow = (type, node) => node.dispatchEvent(new MouseEvent(type, { bubbles: true }));
    return (event) => {
      if (!event.isTrusted || map.dragging.moving() || map._animatingZoom) return;
      const hit = found(map, event);
      const same = hit && shown && hit.layer === shown.layer && hit.properties.id === shown.properties.id;
      const below = event.target;
      if (hit) event.stopImmediatePropagation();
      if (hit && !shown) tellBelow("mouseout", below);
      if (shown && !same) leave();
      if (hit && !same) enter(hit);
      else if (!hit && event.type === "mousemove" && map.overFeature) tellBelow("mouseover", below);
      map.overFeature = !!hit;
      if (hit) tip.setLatLng(map.mouseEventToLatLng(event)).addTo(map);
      map.getContainer().classList.toggle("over-feature", !!hit);
    };
  }

  /* --- looks --- */

  function positionsOf(joined) {
    return new Map(joined ? joined.ids.map((id, position) => [id, position]) : []);
  }

  function cell(column, position, id) {
    if (column === "id") return id;
    return Array.isArray(column) ? column[position] : column.of[column.at[position]];
  }

  /* [style of the badge, its words] by what the feature carries; null for what is not drawn. */
  function named(about, properties) {
    const { first, by, of, other } = about.looks;
    const early = first && first.of[String(properties[first.by])];
    return early || (of || {})[String(properties[by])] || other;
  }

  function styleOf({ about, positions }, id) {
    return about.joined ? cell(about.joined.styles, positions.get(id)) : null;
  }

  function look(layer, properties) {
    const about = layer.about;
    if (about.lines) {
      const line = about.lines[String(properties[about.looks.by])] || about.lines[""];
      return line ? { ...line, color: yixian.colour(line.color) } : [];
    }
    const position = layer.positions.get(properties.id);
    if (about.joined && position === undefined && !about.others) return [];
    const badge = named(about, properties)[0];
    const key = about.joined ? (position === undefined ? about.others[0] : cell(about.joined.styles, position)) : badge;
    const drawn = (about.drawn_as || {})[key] || key;
    const style = yixian.style(drawn);
    return {
      color: yixian.colour(style.stroke),
      weight: style.weight || 0.8,
      dashArray: style.dash,
      fill: true,
      fillColor: made.get(drawn) || yixian.colour(style.fill || style.stroke),
      plain: yixian.colour(style.fill),
      fillOpacity: made.get(drawn) ? 1 : style.fill ? 0.6 : 0.02, // what is not filled answers a click all the same
      radius: (about.looks.radius || {})[key] || 5,
    };
  }

  /* A canvas knows no SVG patterns: each that a layer needs is made into one that it knows. */
  const made = new Map();
  const making = new Map();

  function patternsOf(about) {
    const keys = about.joined ? distinct(about.joined.styles) : Object.values(about.looks.of || {}).map(([key]) => key);
    const drawn = [...keys, about.looks.other && about.looks.other[0]].map((key) => (about.drawn_as || {})[key] || key);
    return Promise.all(drawn.map(patternOf));
  }

  document.addEventListener("yixian:look", () => {
    if (document.documentElement.classList.contains("paper")) return; // the printer waits for no tile
    made.clear();
    making.clear();
    if (yixian.map) yixian.map.eachLayer((layer) => layer instanceof L.VectorGrid && recolour(layer));
  });

  function recolour(layer) {
    layer.patterns = layer.about ? patternsOf(layer.about) : Promise.resolve();
    layer.redraw();
  }

  function distinct(column) {
    return column.of || [...new Set(column)];
  }

  function patternOf(key) {
    const svg = key && document.getElementById("pattern-" + key);
    if (!svg) return null;
    if (!making.has(key)) making.set(key, painted(svg).then((pattern) => made.set(key, pattern), () => null));
    return making.get(key);
  }

  async function painted(svg) {
    const FINE = 4;
    const size = svg.width.baseVal.value;
    const turn = Number(/rotate\((-?\d+)/.exec(svg.getAttribute("patternTransform") || "rotate(0")[1]);
    const picture = new Image();
    const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${size * FINE}" height="${size * FINE}" viewBox="0 0 ${size} ${size}">`;
    const marks = svg.innerHTML.replace(/var\([^)]*\)/g, yixian.colour); // a picture knows no variable of the page
    picture.src = "data:image/svg+xml," + encodeURIComponent(head + marks + "</svg>");
    await picture.decode();
    const pattern = document.createElement("canvas").getContext("2d").createPattern(picture, "repeat");
    pattern.turned = (tile, side) =>
      new DOMMatrix().translate(-tile.x * side.x, -tile.y * side.y).rotate(turn).scale(1 / FINE);
    return pattern;
  }

  /* --- cards --- */

  /* What the page knows of the feature, or else its name, its class, and what it carries, in the layer's order. */
  function cardOf(layer, properties) {
    const { about, positions } = layer;
    const position = positions.get(properties.id);
    if (position !== undefined) return joinedCard(about.joined, position, properties.id);
    const [style, badge] = about.joined && about.others ? about.others : named(about, properties);
    const rows = [];
    for (const [column, label, words] of about.rows) {
      const value = properties[column];
      if (value !== undefined && value !== null && value !== false) rows.push([label, said(value, words)]);
    }
    return { t: properties.name || properties.id, b: badge || about.title, s: style, r: [["ID", properties.id], ...rows] };
  }

  function joinedCard(joined, position, id) {
    const card = {};
    for (const [part, column] of Object.entries(joined.parts)) {
      const value = cell(column, position, id);
      if (value !== null) card[part] = value;
    }
    const rows = joined.rows.map(([label, column]) => [label, cell(column, position, id)]);
    return { ...card, r: rows.filter(([, value]) => value !== null) };
  }

  function said(value, words) {
    if (value === true) return "✓";
    return words[String(value)] || String(value);
  }
})();
