/* history.js: what only the page of how it came shows: the states, incidents and orders of the moment on the timeline. */
"use strict";
(function () {
  const node = yixian.node;
  const boxes = {}; // the sections that a moment fills
  const dated = new Map(); // layers whose features have times, by their name
  const SHOWN = 8;
  let player = null;
  let map = null;

  function told() {
    return yixian.page.timeline;
  }

  function say(key, facts) {
    return told().words[key].replace(/\{(\w+)\}/g, (all, name) => String(facts[name]));
  }

  /* --- layers whose features come and go --- */

  yixian.kinds.dated = function (data) {
    const group = L.featureGroup();
    group.byId = new Map();
    group.obstacles = []; // labels keep clear of what is shown
    group.showMoment = (moment) => {
      const features = data.data.features.filter((one) => holds(one.properties, moment));
      if (data.looks) features.forEach((one) => look(one.properties, data.looks[isOpen(one.properties, moment) ? "open" : "done"]));
      group.clearLayers();
      group.byId.clear();
      group.obstacles = [];
      const made = features.length ? draw(features) : null;
      if (made) {
        for (const [id, one] of made.byId || []) group.byId.set(id, one);
        group.obstacles = made.obstacles || [];
        group.addLayer(made);
      }
      if (group._map) group._map.yixianLabels.show(group, [], group.obstacles);
    };
    const draw = (features) => yixian.kinds[data.of]({ ...data, data: { ...data.data, features: features } });
    dated.set(data.name, group);
    return group;
  };

  function look(about, [style, symbol, badge]) {
    Object.assign(about, { style: style, symbol: symbol });
    Object.assign(about.card, { b: badge, s: style });
  }

  function holds(one, moment) {
    return one.from < moment.until && (one.until === null || one.until > moment.from);
  }

  function isOpen(one, moment) {
    return one.until === null || one.until > moment.until;
  }

  /* --- a moment --- */

  function signs(week) {
    const { rows, row_of } = told();
    const of_row = rows.map((row) => Number(row[week]));
    return row_of.map((row) => of_row[row]);
  }

  function counted(found) {
    const counts = told().states.map(() => 0);
    for (const sign of found) counts[sign] += 1;
    return counts;
  }

  let shown = null;

  function show(moment, number, step) {
    shown = moment;
    const found = signs(moment.week);
    const before = moment.week > 0 ? signs(moment.week - 1) : null;
    colour(found, moment.week);
    for (const group of dated.values()) group.showMoment(moment);
    const counts = counted(found);
    countLegend(counts, moment);
    fill("moment", (about) => summary(about, counts, before && counted(before)));
    fill("changes", (about) => changes(about, found, before));
    fill("happened", (about) => happened(about, moment));
    const headline = document.querySelector("#masthead .headline");
    if (headline) headline.textContent = moment.label;
    if (map && map._popup && map._popup.isOpen()) map._popup.update();
  }

  /* The areas of the map; a village without one is only counted. */
  function colour(found, week) {
    const { codes, states } = told();
    const layer = yixian.layers["layer-villages"];
    if (layer.about && layer.about.joined) return colourTiles(layer, found, week);
    const byId = layer.byId;
    found.forEach((sign, number) => {
      const area = byId.get(codes[number]);
      if (!area || !area.setStyle) return;
      const state = states[sign];
      if (area.about.style !== state.style) yixian.restyle(area, state.style);
      Object.assign(area.about.card, { b: state.label, s: state.style });
    });
  }

  let tiled = null; // the week that tiles are drawn for
  function colourTiles(layer, found, week) {
    if (tiled === week) return;
    tiled = week;
    const { states } = told();
    const joined = layer.about.joined;
    const column = (key) => ({ of: states.map((state) => state[key]), at: found });
    joined.styles = column("style");
    Object.assign(joined.parts, { b: column("label"), s: column("style") });
    layer.renew(layer.about);
    layer.redraw();
  }

  function countLegend(counts, moment) {
    const { states, incidents } = told();
    const present = incidents.filter((one) => holds(one, moment));
    const figures = Object.fromEntries(states.map((state, sign) => [state.label, counts[sign]]));
    const rows = [...document.querySelectorAll(".legend .keys")].slice(0, 2);
    const told_of = [
      (label) => figures[label],
      (label, row) => present.filter((one) => isOpen(one, moment) === (row === 0)).length,
    ];
    rows.forEach((list, group) =>
      list.querySelectorAll("li").forEach((item, row) => {
        const label = item.querySelector(".name").textContent;
        item.querySelector("b").textContent = String(told_of[group](label, row));
      })
    );
  }

  /* --- the sections of the panel --- */

  for (const type of ["moment", "changes", "happened"]) {
    yixian.sections[type] = (about) => {
      boxes[type] = { about: about, box: node("section", type === "moment" ? "summary" : "list") };
      return boxes[type].box;
    };
  }

  function fill(type, make) {
    if (boxes[type]) boxes[type].box.replaceChildren(...make(boxes[type].about).filter(Boolean));
  }

  function summary(about, counts, before) {
    const { states, order, good, unknown } = told();
    const total = counts.reduce((sum, one) => sum + one, 0);
    const judged = total - unknown.reduce((sum, sign) => sum + counts[sign], 0);
    const running = told().open.some((sign) => counts[sign]);
    const comparable = !running && before !== null && before.some((count, sign) => count && !unknown.includes(sign));
    const parts = order.filter((sign) => counts[sign]).map((sign) => ({ style: states[sign].style, share: counts[sign], label: states[sign].label }));
    const rows = order.map((sign) => ({
      style: states[sign].style,
      label: states[sign].label,
      value: counts[sign] + (comparable && judged ? " " + difference(counts[sign] - before[sign]) : ""),
    }));
    return [
      node("p", "figure", node("b", "", judged ? counts[good] : say("unknown", {})), node("span", "of", judged ? say("of_total", { total: total }) : "")),
      node("p", "caption", about.caption, judged && comparable ? node("span", "note", " " + say("since", { change: difference(counts[good] - before[good]) })) : null),
      parts.length ? yixian.bar(parts) : null,
      node("div", "", node("h2", "", about.states), yixian.levels(rows)),
      node("p", "note", about.note + (running ? " · " + say("running", {}) : "")),
    ];
  }

  function difference(change) {
    return change > 0 ? "▲" + change : change < 0 ? "▼" + -change : "=";
  }

  function changes(about, found, before) {
    const { codes, states, rank, unknown } = told();
    const known = before !== null && before.some((sign) => !unknown.includes(sign)) && found.some((sign) => !unknown.includes(sign));
    if (!known) return [node("h2", "", about.title), node("p", "empty", say("not_comparable", {}))];
    const byId = yixian.layers["layer-villages"].byId;
    const moved = found
      .map((sign, number) => ({ sign: sign, was: before[number], code: codes[number] }))
      .filter((one) => one.sign !== one.was && rank[one.sign] >= 0 && rank[one.was] >= 0)
      .sort((one, other) => rank[other.sign] - rank[other.was] - (rank[one.sign] - rank[one.was]) || (one.code < other.code ? -1 : 1));
    const items = moved.map((one) => {
      const area = byId.get(one.code);
      return entry({
        layer: "layer-villages",
        id: one.code,
        name: area ? area.about.card.t : one.code,
        note: states[one.was].label + " → " + states[one.sign].label,
        badge: states[one.sign].label,
        style: states[one.sign].style,
      });
    });
    return [node("h2", "", about.title, yixian.count(String(moved.length))), ...listed(items, say("no_change", {}))];
  }

  function happened(about, moment) {
    const { incidents, orders } = told();
    const held = orders.filter((one) => holds(one, moment)).map((one) => entry({ ...one, id: null, name: one.title }));
    const met = incidents
      .filter((one) => holds(one, moment))
      .map((one) => entry({ ...one, layer: "layer-incidents" }));
    return [node("h2", "", about.title, yixian.count(String(held.length + met.length))), ...listed([...held, ...met], say("nothing", {}))];
  }

  function listed(items, empty) {
    if (!items.length) return [node("p", "empty", empty)];
    const first = node("ul", "entries", ...items.slice(0, SHOWN));
    if (items.length <= SHOWN) return [first];
    const more = say("more", { count: items.length - SHOWN });
    return [first, node("details", "more", node("summary", "", more), node("ul", "entries", ...items.slice(SHOWN)))];
  }

  function entry(item) {
    const badge = item.badge ? yixian.dress(node("span", "badge", item.badge), item.style) : null;
    const parts = [node("span", "what", node("b", "", item.name), node("span", "note", item.note)), node("span", "side", badge, item.side)];
    const made = node(item.id === null ? "div" : "button", "entry", ...parts);
    if (item.id !== null) {
      made.type = "button";
      made.dataset.id = item.id;
      made.addEventListener("click", () => yixian.goTo(yixian.map, item.layer, item.id));
    }
    return node("li", "", made);
  }

  /* A village's card: its states over all weeks, the shown one marked. */
  yixian.cardParts.push((card) => {
    if (card.village === undefined || !shown) return null;
    const { rows, row_of, states, weeks, words } = told();
    const from = Math.max(0, Math.min(shown.week - 6, weeks.length - 12));
    const cells = [...rows[row_of[card.village]]].slice(from, from + 12).map((sign, offset) => {
      const state = states[Number(sign)];
      const cell = yixian.dress(node("li", "", state.letter), state.style);
      cell.title = weeks[from + offset].key + ": " + state.label;
      cell.setAttribute("aria-label", cell.title);
      if (from + offset === shown.week) cell.classList.add("here");
      return cell;
    });
    return node("div", "strip-box", node("h4", "", words.strip), node("ol", "history", ...cells));
  });

  /* --- the start --- */

  function column(moment, number, step) {
    const { states, order, incidents } = told();
    if (step === "weeks") {
      const counts = counted(signs(moment.week));
      return order.filter((sign) => counts[sign]).map((sign) => ({ style: states[sign].style, share: counts[sign] }));
    }
    const met = incidents.filter((one) => holds(one, moment));
    const open = met.filter((one) => isOpen(one, moment)).length;
    return [
      { style: "incident-open", share: open },
      { style: "incident-done", share: met.length - open, plain: "var(--incident-done)" },
    ];
  }

  yixian.begin = function (on) {
    map = on;
    const { moment, words, player: said } = told();
    player = yixian.timeline({
      steps: () => ({ weeks: told().weeks, days: told().days }),
      moment: moment,
      words: { ...said, strip: words.strip },
      column: column,
      lanes: [
        { name: "orders", y: 0, holds: (one) => told().orders.some((order) => holds(order, one)) },
        { name: "incidents", y: 7, holds: (one) => told().incidents.some((it) => it.from >= one.from && it.from < one.until) },
      ],
      when: (one, number, present) => (number === present ? words.present : words.past),
      present: (all) => all.length - 1,
      show: show,
      key: () =>
        node(
          "p",
          "timeline-key",
          ...["orders", "incidents"].map((lane) => node("span", "key-" + lane, words["key_" + lane]))
        ),
    });
    yixian.renewals.push(() => {
      tiled = null;
      player.renew();
    });
  };
})();
