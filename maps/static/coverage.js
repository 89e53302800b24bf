/* coverage.js: what only the coverage page shows: the weeks, the strips in a village's card, duty, and the emergency. */
"use strict";
(function () {
  const node = yixian.node;

  /* --- where to look: another week and the other language keep the view, and the card that is open --- */

  let openCode = null;

  yixian.begin = function (map) {
    const view = /^#map=([\d.]+)\/(-?[\d.]+)\/(-?[\d.]+)(?:\/(\w+))?$/.exec(location.hash);
    alarm();
    yixian.renewals.push(alarm);
    map.invalidateSize({ animate: false });
    if (view) map.setView([Number(view[2]), Number(view[3])], Number(view[1]), { animate: false });
    else yixian.goHome({ animate: false });
    map.on("popupopen popupclose", (event) => {
      const isOpen = event.type === "popupopen";
      openCode = (isOpen && event.popup._source.about.card.v) || null;
      map.getContainer().classList.toggle("has-popup", isOpen);
    });
    const area = view && yixian.layers["layer-villages"].byId.get(view[4]);
    if (area) area.openPopup(L.latLng(area.about.at));
    document.getElementById("masthead").addEventListener("click", (event) => {
      const link = event.target.closest(".link-previous_week, .link-next_week, .link-lang");
      if (link) link.hash = viewOf(map);
    });
  };

  function viewOf(map) {
    if (!openCode && map.getBounds().contains(yixian.page.bounds)) return ""; // the whole county needs no saying
    const middle = map.getCenter();
    const parts = [map.getZoom().toFixed(1), middle.lat.toFixed(5), middle.lng.toFixed(5), openCode];
    return "#map=" + parts.filter(Boolean).join("/");
  }

  let said = "";
  let band = null;
  function alarm() {
    if (yixian.page.emergency === said) return;
    said = yixian.page.emergency;
    if (band) band.remove();
    band = node("p", "alarm-band", said);
    band.setAttribute("role", "alert");
    if (said) document.getElementById("masthead").prepend(band);
    document.body.classList.toggle("emergency", Boolean(said));
  }

  /* --- the weeks --- */

  yixian.sections.weeks = function (about, map) {
    const columns = node("ol", "weeks");
    for (const one of about.weeks) columns.append(node("li", "", column(one, map)));
    const box = node("section", "", node("h2", "", about.title), columns);
    if (about.pick) box.append(picker(about.pick, map));
    return box;
  };

  function column(one, map) {
    const made = node(one.href ? "a" : "span", "week", stack(one.parts), node("span", "number", one.week));
    made.title = one.title;
    made.setAttribute("aria-label", one.title);
    if (!one.href) made.setAttribute("role", "img");
    if (one.current) made.setAttribute("aria-current", "true");
    if (one.href) {
      made.href = one.href;
      made.addEventListener("click", () => (made.hash = viewOf(map)));
    }
    return made;
  }

  /* The first part stands on the ground. */
  function stack(parts) {
    const total = parts.reduce((sum, part) => sum + part.share, 0);
    const svg = yixian.svg("svg", { viewBox: "0 0 24 48", preserveAspectRatio: "none", "aria-hidden": "true" });
    let top = 48;
    for (const part of parts) {
      const height = (part.share / total) * 48;
      top -= height;
      svg.append(yixian.svg("rect", { x: 0, y: top, width: 24, height: height, fill: "url(#pattern-" + part.style + ")" }));
    }
    return svg;
  }

  function picker(about, map) {
    const input = node("input", "");
    Object.assign(input, { type: "week", id: "week", value: about.value });
    const label = node("label", "", about.pick);
    label.htmlFor = input.id;
    const wrong = node("p", "wrong");
    wrong.setAttribute("aria-live", "polite");
    const go = node("button", "go", about.go);
    go.type = "button";
    const show = () => {
      const asked = input.value.trim().toUpperCase();
      const isWeek = /^\d{4}-W(0[1-9]|[1-4]\d|5[0-3])$/.test(asked);
      wrong.textContent = isWeek ? "" : about.wrong;
      if (isWeek) location.assign(about.href + asked + viewOf(map));
    };
    go.addEventListener("click", show);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") show();
    });
    return node("div", "week-picker", label, node("div", "", input, go), wrong);
  }

  /* --- duty of the day --- */

  yixian.sections.tally = function (about) {
    const box = node("section", "tally", node("h2", "", about.title, yixian.count(about.count)));
    if (about.bar.length) box.append(yixian.bar(about.bar));
    box.append(yixian.levels(about.items), node("p", "note", about.note));
    return box;
  };

  /* --- the strips of a village's card --- */

  yixian.cardParts.push(
    (card) => (card.e ? evenings(card.e) : null),
    (card) => (card.h ? history(card.h, card.k) : null),
    (card) => (card.v ? yixian.villageClock(card.v, () => yixian.map._popup && yixian.map._popup.update()) : null)
  );

  function evenings(signs) {
    const week = yixian.page.week;
    const cells = [...signs].map((sign, day) => {
      const state = week.evenings[sign];
      const cell = node("li", "", yixian.symbol(state.symbol, state.style), node("span", "", week.weekdays[day]));
      cell.title = week.days[day] + ": " + state.label;
      cell.firstChild.setAttribute("role", "img");
      cell.firstChild.setAttribute("aria-label", cell.title);
      cell.firstChild.removeAttribute("aria-hidden");
      return cell;
    });
    const met = [...new Set(signs)].map((sign) => week.evenings[sign].label + " " + [...signs].filter((one) => one === sign).length);
    return stripBox(week.words.evenings, node("ol", "evenings", ...cells), met.join(" · "));
  }

  function history(signs, streak) {
    const week = yixian.page.week;
    const cells = [...signs].map((sign, number) => {
      const state = week.states[sign];
      const cell = yixian.dress(node("li", "", state.letter), state.style);
      cell.title = week.weeks[number] + ": " + state.label;
      cell.setAttribute("aria-label", cell.title);
      return cell;
    });
    return stripBox(week.words.weeks, node("ol", "history", ...cells), streak);
  }

  function stripBox(title, strip, said) {
    return node("div", "strip-box", node("h4", "", title), strip, node("p", "said", said));
  }
})();
