/* arrivals.js: the ways of the first teams on the map, and their arrivals in the panel. */
"use strict";
(function () {
  const node = yixian.node;

  /* --- on the map --- */

  /* Lines that grow with the page's letters: a way must be seen across a room, too. */
  yixian.kinds.routes = function (data) {
    const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const lines = {};
    for (const [id, strokes] of Object.entries(data.lines)) {
      lines[id] = strokes.map((stroke) => ({ ...stroke, weight: stroke.weight * unit, dashArray: scaled(stroke.dashArray, unit) }));
    }
    return yixian.kinds.lines({ ...data, lines: lines });
  };

  function scaled(dash, unit) {
    return dash ? dash.split(" ").map((part) => part * unit).join(" ") : null;
  }

  /* One flag a station: ranks with their minutes, beside the station where no other flag stands. */
  yixian.kinds.flags = function (data) {
    const group = L.featureGroup();
    const flags = data.data.features.map((feature) => {
      const [lon, lat] = feature.geometry.coordinates;
      return makeFlag(L.latLng(lat, lon), feature.properties.marks);
    });
    for (const flag of flags) flag.marker.addTo(group);
    const arrange = () => arrangeFlags(group._map, flags);
    group.on("add", () => {
      group._map.on("zoomend viewreset resize", arrange);
      setTimeout(arrange); // when the first view is known and the flags have their sizes
    });
    group.on("remove", () => group._map.off("zoomend viewreset resize", arrange));
    group.obstacles = flags.map((flag) => ({ at: flag.at, size: 22, soft: false }));
    return group;
  };

  function makeFlag(at, marks) {
    const box = node("div", "flag-box");
    for (const mark of marks) {
      const rank = yixian.dress(node("b", "rank", mark.rank), mark.style);
      box.append(node("span", "flag-mark", rank, mark.text));
    }
    const stem = node("i", "flag-stem");
    const icon = L.divIcon({ className: "flag", html: node("div", "", stem, box), iconSize: [0, 0] });
    return { at, box, stem, marker: L.marker(at, { icon, interactive: false, keyboard: false, pane: "rows" }) };
  }

  const GAP = 14;
  /* Where a flag may stand, as a share of its own size from the station: above, below, right, left, and farther off. */
  const STANDS = [[-0.5, -1, 0, -1], [-0.5, 0, 0, 1], [0, -0.5, 1, 0], [-1, -0.5, -1, 0]];

  function arrangeFlags(map, flags) {
    if (!map || map.getZoom() === undefined) return;
    const taken = [...map.getContainer().querySelectorAll(".mark-sym-place")].map((mark) => boxOf(map, mark));
    for (const flag of flags) {
      const from = map.latLngToContainerPoint(flag.at);
      const [width, height] = [flag.box.offsetWidth, flag.box.offsetHeight];
      const moves = [1, 2.6, 4.2].flatMap((far) => STANDS.map(([x, y, right, down]) => [x * width + right * GAP * far, y * height + down * GAP * far]));
      const free = moves.find(([x, y]) => !taken.some((other) => overlap([from.x + x, from.y + y, from.x + x + width, from.y + y + height], other)));
      const [x, y] = free || moves[0];
      taken.push([from.x + x, from.y + y, from.x + x + width, from.y + y + height]);
      flag.box.style.transform = "translate(" + Math.round(x) + "px," + Math.round(y) + "px)";
      pointStem(flag.stem, Math.max(x, Math.min(0, x + width)), Math.max(y, Math.min(0, y + height)));
    }
  }

  /* From the station to the nearest edge of its flag. */
  function pointStem(stem, x, y) {
    stem.style.width = Math.hypot(x, y) + "px";
    stem.style.transform = "rotate(" + Math.atan2(y, x) + "rad)";
  }

  function boxOf(map, element) {
    const frame = map.getContainer().getBoundingClientRect();
    const box = element.getBoundingClientRect();
    return [box.left - frame.left, box.top - frame.top, box.right - frame.left, box.bottom - frame.top];
  }

  function overlap(one, other) {
    return one[0] < other[2] + 2 && other[0] < one[2] + 2 && one[1] < other[3] + 2 && other[1] < one[3] + 2;
  }

  /* --- in the panel --- */

  yixian.sections.rows = function (about) {
    const rows = node("dl", "rows");
    for (const [label, value] of about.rows) rows.append(node("dt", "", label), node("dd", "", value));
    return node("section", "", node("h2", "", about.title), rows);
  };

  yixian.sections.arrivals = function (about, map) {
    const box = node("section", "arrivals", node("h2", "", about.title));
    const list = node("ol", "");
    for (const item of about.items) list.append(arrival(item, about, map));
    box.append(list);
    return box;
  };

  function arrival(item, about, map) {
    const rank = yixian.dress(node("b", "rank", item.rank), item.s);
    const button = node("button", "who", rank, node("b", "name", item.t), node("span", "when", item.b));
    button.type = "button";
    button.addEventListener("click", () => yixian.show(map, item.focus));
    const row = node("li", "arrival", button);
    if (item.legs.length) row.append(legs(item, about), node("p", "legs", item.n));
    const told = node("p", "told");
    for (const [style, text] of item.l || []) told.append(yixian.dress(node("span", "badge", text), style));
    row.append(told, node("p", "note", item.r.map(([label, value]) => label + " " + value).join(" · ")));
    return row;
  }

  /* Minutes from the call on the scale of all teams, with a mark at the two hours. */
  function legs(item, about) {
    const bar = node("div", "leg-bar");
    bar.setAttribute("aria-hidden", "true"); // the words below say it
    const svg = yixian.svg("svg", { viewBox: "0 0 400 10", preserveAspectRatio: "none" });
    let from = 0;
    for (const [style, minutes] of item.legs) {
      const width = (minutes / about.scale) * 400;
      svg.append(yixian.svg("rect", { x: from, y: 0, width: width, height: 10, fill: "url(#" + yixian.style(style).pattern + ")" }));
      from += width;
    }
    const limit = node("i", "limit", node("span", "", about.limit_label));
    limit.style.left = (about.limit / about.scale) * 100 + "%";
    bar.append(svg, limit);
    return bar;
  }
})();
