/* labels.js: names on the map that never overlap.
 *
 * Each layer brings its labels; while the layer is shown they compete for room, the lower rank first. A label is drawn
 * in its range of zooms only, and only where its area is wide enough on the screen.
 */
"use strict";
(function () {
  const GAP = 3;
  /* Where a label may stand, in its own widths and heights from its anchor. */
  const MOVES = [[0, 0], [0, -1.2], [0, 1.2], [0.7, 0], [-0.7, 0], [0, -2.2], [0, 2.2], [0.7, -1.2], [-0.7, 1.2]];

  class Labels {
    constructor(map) {
      this.map = map;
      this.sets = new Map();
      this.obstacles = new Map();
      this.pane = map.getPane("labels");
      this.pane.classList.add("leaflet-zoom-hide");
      map.on("moveend zoomend resize", () => this.arrange());
    }

    /* `obstacles` are the places and sizes of symbols that no name may cover (or, if soft, should not). */
    show(layer, labels, obstacles) {
      this.sets.set(layer, labels.map((label) => ({ ...label, node: null, size: null })));
      this.obstacles.set(layer, obstacles);
      this.arrange();
    }

    hide(layer) {
      for (const label of this.sets.get(layer) || []) if (label.node) label.node.remove();
      this.sets.delete(layer);
      this.obstacles.delete(layer);
      this.arrange();
    }

    /* Draw what fits, best rank first; hide the rest. Nodes are made once and measured once. */
    arrange() {
      const zoom = this.map.getZoom();
      if (zoom === undefined || !this.sets.size) return;
      const view = this.map.getBounds().pad(0.1);
      const wide = this.map.getContainer().clientWidth;
      const pxPerDegree = wide / (this.map.getBounds().getEast() - this.map.getBounds().getWest());
      const wanted = [];
      for (const labels of this.sets.values()) {
        for (const label of labels) {
          const fits = !label.fit || label.span * pxPerDegree >= label.fit;
          if (zoom >= label.zooms[0] && zoom < label.zooms[1] && fits && view.contains(label.at)) wanted.push(label);
          else if (label.node) label.node.hidden = true;
        }
      }
      wanted.sort((one, other) => one.rank - other.rank || other.span - one.span);
      for (const label of wanted) this.make(label);
      for (const label of wanted) label.size = label.size || [label.node.offsetWidth, label.node.offsetHeight];
      const taken = this.symbols();
      for (const label of wanted) this.place(label, taken, label.span * pxPerDegree);
    }

    /* Boxes of the symbols; stations are dots while the county is in view, and then in nobody's way. */
    symbols() {
      const far = this.map.getContainer().classList.contains("zoom-far");
      const boxes = [];
      for (const { at, size, soft } of [...this.obstacles.values()].flat()) {
        if (soft && far) continue;
        const middle = this.map.latLngToLayerPoint(at);
        const half = size * (far ? 0.4 : 0.45);
        const box = [middle.x - half, middle.y - half, middle.x + half, middle.y + half];
        box.soft = soft;
        boxes.push(box);
      }
      return boxes;
    }

    make(label) {
      if (!label.node) {
        label.node = yixian.node("div", "label label-" + label.look.split(" ").join(" label-"), label.text);
        label.node.setAttribute("aria-hidden", "true"); // the list and the popups say it to screen readers
        if (label.style) yixian.dress(label.node, label.style);
        this.pane.append(label.node);
      }
      label.node.hidden = false;
    }

    /* At its anchor, or moved a little inside its area; nowhere when all of that is taken. */
    place(label, taken, room) {
      const box = this.freeBox(label, taken, room, true) || this.freeBox(label, taken, room, false);
      label.node.hidden = !box;
      if (!box) return;
      taken.push(box);
      L.DomUtil.setPosition(label.node, L.point(Math.round(box[0]), Math.round(box[1])));
    }

    freeBox(label, taken, room, sparing) {
      const middle = this.map.latLngToLayerPoint(label.at);
      const [width, height] = label.size;
      for (const [right, down] of MOVES) {
        if (Math.hypot(right * width, down * height) > room / 2) continue;
        const x = middle.x + right * width - width / 2;
        const y = middle.y + down * height - height / 2;
        const box = [x, y, x + width, y + height];
        if (!taken.some((other) => (sparing || !other.soft) && overlap(box, other))) return box;
      }
      return null;
    }
  }

  function overlap(one, other) {
    return (
      one[0] < other[2] + GAP && other[0] < one[2] + GAP && one[1] < other[3] + GAP && other[1] < one[3] + GAP
    );
  }

  yixian.Labels = Labels;
})();
