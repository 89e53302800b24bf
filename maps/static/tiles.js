/* tiles.js: layers of vector tiles, with the looks and the cards of every other layer.
 *
 * A tile's properties are data: they reach the page through yixian.card and yixian.node, as text.
 */
"use strict";
(function () {
  /* Where in a tile the mouse is: VectorGrid takes zooms to be whole, and ours lie between. */
  function placeIn(tile, event) {
    const box = tile.getContainer().getBoundingClientRect();
    const size = tile._size;
    return L.point(((event.clientX - box.left) * size.x) / box.width, ((event.clientY - box.top) * size.y) / box.height);
  }

  L.Canvas.Tile.include({
    _onMouseMove: function (event) {
      if (!this._map || this._map.dragging.moving() || this._map._animatingZoom) return;
      this._handleMouseHover(event, placeIn(this, event));
    },
    _onClick: function (event) {
      if (!this._map) return;
      const place = placeIn(this, event);
      const hits = Object.values(this._layers).filter((one) => one.options.interactive && one._containsPoint(place));
      const top = hits.pop(); // drawn last
      if (top && !this._map._draggableMoved(top)) this._fireEvent([top], event);
    },
  });

  /* The options of a VectorGrid for the layer that a data block describes. */
  yixian.tiles = function (block) {
    const about = yixian.read(block);
    return {
      yixian: about,
      pane: about.pane,
      interactive: true,
      maxZoom: about.deepest,
      rendererFactory: L.canvas.tile,
      getFeatureId: (feature) => feature.properties.id,
      vectorTileLayerStyles: { [about.layer]: (properties) => look(about, properties) },
    };
  };

  L.VectorGrid.Protobuf.addInitHook(function () {
    const about = this.options.yixian;
    if (!about) return;
    const tip = L.tooltip({ direction: "top", opacity: 1 });
    this.on("mouseover", (event) => {
      const properties = event.layer.properties;
      const shown = look(about, properties);
      this.setFeatureStyle(properties.id, { ...shown, weight: (shown.weight || 1) + 2 });
      const card = cardOf(about, properties);
      const words = yixian.node("div", "tip", yixian.node("b", "", card.t), yixian.node("span", "", card.b));
      tip.setLatLng(event.latlng).setContent(words).addTo(this._map);
    });
    this.on("mouseout", (event) => {
      this.resetFeatureStyle(event.layer.properties.id);
      tip.remove();
    });
    this.on("click", (event) => {
      tip.remove();
      const content = yixian.card(cardOf(about, event.layer.properties));
      L.popup({ autoPanPadding: [24, 24] }).setLatLng(event.latlng).setContent(content).openOn(this._map);
    });
  });

  function valueOf(about, properties) {
    const value = properties[about.looks.by];
    return value === undefined ? undefined : String(value);
  }

  function named(about, properties) {
    return (about.looks.of || {})[valueOf(about, properties)] || about.looks.other;
  }

  /* A canvas knows no SVG patterns: the plain colour stands for the class, and the card names it. */
  function look(about, properties) {
    const line = (about.looks.lines || {})[valueOf(about, properties)] || about.looks.line;
    if (line) return line;
    const style = yixian.style(named(about, properties)[0]);
    return {
      color: style.stroke,
      weight: style.weight || 0.8,
      fill: true,
      fillColor: style.fill || style.stroke,
      fillOpacity: style.fill ? 0.45 : 0.02, // what is not filled answers a click all the same
      radius: 5,
    };
  }

  /* The card of a feature: its name, its class, and what it carries, in the layer's order. */
  function cardOf(about, properties) {
    const [style, badge] = named(about, properties);
    const rows = [];
    for (const [column, label, words] of about.rows) {
      const value = properties[column];
      if (value !== undefined && value !== false) rows.push([label, said(value, words)]);
    }
    return { t: properties.name || properties.id, b: badge || about.title, s: style, r: [["ID", properties.id], ...rows] };
  }

  function said(value, words) {
    if (value === true) return "✓";
    return words[String(value)] || String(value);
  }
})();
