/* fire.js: what only the risk page shows: the forest-fire class of any day, town by town, with its people and season. */
"use strict";
(function () {
  const node = yixian.node;
  const grounds = []; // the layers of towns by class; the data may come anew
  let box = null;
  let shown = null;
  let player = null;

  function told() {
    return yixian.page.fire;
  }

  function of(town, day) {
    return told().signs[town.classes[day]];
  }

  /* The days as the timeline takes them. */
  function days() {
    const { days, first, months, in_season, season, towns, signs } = told();
    const begin = Date.parse(first + "T00:00Z");
    return days.map((label, number) => {
      const levels = towns.map((town) => signs[town.classes[number]]);
      return {
        key: new Date(begin + number * 86_400_000).toISOString().slice(0, 10),
        label: label,
        short: months[number] || "",
        number: number,
        worst: levels.reduce((worst, sign) => (sign.level > worst.level ? sign : worst), signs.u),
        season: in_season[number] === "1" ? number - season.begins + 1 : null,
      };
    });
  }

  function fillIn(text, facts) {
    return text.replace(/\{(\w+)\}/g, (all, name) => String(facts[name]));
  }

  function number(value) {
    return value.toLocaleString("en-US");
  }

  /* --- the ground --- */

  yixian.kinds.fire_class = function (data) {
    const shapes = yixian.read(data.shapes).data.features;
    const group = L.featureGroup();
    const areas = data.codes.map((code, place) =>
      L.geoJSON(shapes[place], { pane: "land", interactive: false, style: () => look("day-unknown") }).addTo(group)
    );
    group.showDay = (day) => {
      const byCode = new Map(told().towns.map((town) => [town.code, of(town, day)]));
      data.codes.forEach((code, place) => areas[place].setStyle(look((byCode.get(code) || told().signs.u).style)));
    };
    grounds.splice(0, grounds.length, group);
    return group;
  };

  function look(key) {
    const style = yixian.style(key);
    return { color: style.stroke, weight: style.weight, fill: true, fillColor: "url(#" + style.pattern + ")", fillOpacity: 1 };
  }

  /* --- the day --- */

  function show(day) {
    shown = day;
    for (const ground of grounds) ground.showDay(day.number);
    if (box) box.replaceChildren(...report(day).filter(Boolean));
    countLegend(day);
    markCards(day);
    const open = yixian.map && yixian.map._popup;
    if (open && open.isOpen()) open.update();
  }

  /* Towns and people by class, the worst first. */
  function groups(day) {
    const found = new Map();
    for (const town of told().towns) {
      const sign = of(town, day.number);
      if (!found.has(sign.label)) found.set(sign.label, { sign: sign, towns: [], people: null, inZones: 0 });
      const group = found.get(sign.label);
      group.towns.push(town.name);
      if (town.people !== null) group.people = (group.people || 0) + town.people;
      group.inZones += town.in_zones;
    }
    return [...found.values()].sort((one, other) => other.sign.level - one.sign.level);
  }

  function report(day) {
    const { words, season } = told();
    const worst = day.worst;
    const parts = groups(day);
    const grave = worst.level > 0;
    const figure = grave
      ? node("b", "", String(worst.level))
      : node("b", "", worst.level === 0 ? words.none : words.unknown);
    const name = grave ? yixian.dress(node("span", "badge", worst.label), "level-" + worst.level) : null;
    const bar = parts.filter((part) => part.people).map((part) => ({ style: part.sign.style, share: part.people, label: part.sign.label }));
    return [
      node("h2", "", box.about.title, yixian.count(day.label)),
      node("p", "figure", figure, name),
      node("p", "caption", grave ? words.worst : worst.level === 0 ? words.not_given : words.not_known),
      grave && bar.length ? yixian.bar(bar) : null,
      grave ? node("h2", "", words.rows) : null,
      grave ? node("ul", "levels", ...parts.map(row)) : null,
      node("p", "season", season.span, day.season ? " · " + fillIn(words.season_day, { day: day.season, days: season.days }) : " · " + words.season_out),
      node("p", "note", words.flag),
    ];
  }

  function row(part) {
    const { words, people } = told();
    const zones = part.inZones ? fillIn(words.in_zones, { count: fillIn(people, { count: number(part.inZones) }) }) : null;
    const about = node("span", "name", part.sign.label, node("span", "towns-of", part.towns.join(" · ")), zones ? node("span", "towns-of", zones) : null);
    const count = part.people === null ? words.people_none : fillIn(people, { count: number(part.people) });
    return node("li", "", yixian.swatch(part.sign.style, 26, 16), about, node("b", "", count));
  }

  yixian.sections.fireday = function (about) {
    box = node("section", "summary");
    box.about = about;
    if (about.empty) box.append(node("h2", "", about.title), node("div", "notice", node("h2", "", about.empty.title), node("p", "", about.empty.body)));
    return box;
  };

  function countLegend(day) {
    const keys = document.querySelector(".legend .keys");
    if (!keys) return;
    const counts = new Map();
    for (const town of told().towns) counts.set(of(town, day.number).label, (counts.get(of(town, day.number).label) || 0) + 1);
    for (const item of keys.children) {
      item.querySelector("b").textContent = String(counts.get(item.querySelector(".name").textContent) || 0);
    }
  }

  /* A village's card says its town's class; what comes as tiles has no card of ours. */
  function markCards(day) {
    const villages = yixian.layers["layer-villages"];
    const byTown = new Map(told().towns.map((town) => [town.code, of(town, day.number)]));
    for (const [code, area] of villages && villages.byId ? villages.byId : []) {
      const sign = byTown.get(String(code).slice(0, 9));
      if (sign && area.about && area.about.card) area.about.card.fire = sign;
    }
  }

  yixian.cardParts.push((card) => {
    if (!card.fire || !shown) return null;
    const style = card.fire.level > 0 ? "level-" + card.fire.level : "unknown";
    return node("p", "note", told().words.card + " (" + shown.label + ") ", yixian.dress(node("span", "badge", card.fire.label), style));
  });

  /* --- the start --- */

  yixian.begin = function () {
    yixian.goHome({ animate: false });
    if (box.about.empty) return;
    const { moment, words, player: said } = told();
    player = yixian.timeline({
      steps: () => ({ days: days() }),
      moment: moment,
      words: { ...said, strip: words.strip },
      column: (day) => {
        const sign = day.worst;
        return [{ style: sign.level > 0 ? "level-" + sign.level : sign.style, share: Math.max(sign.level, 0.6) }];
      },
      lanes: [{ name: "season", y: 0, holds: (day) => day.season !== null }],
      present: () => told().today,
      when: (day, number, present) => (number === present ? words.today : number < present ? words.before : words.ahead),
      show: show,
      key: () => node("p", "timeline-key", node("span", "key-season", words.key_season)),
    });
    yixian.renewals.push(player.renew);
  };
})();
