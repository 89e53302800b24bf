/* clock.js: the coverage clock: the county's strip of 168 hours, and each village's week by days and hours.
 *
 * The page holds the answer, or asks its own service for it once it is drawn. Both have the names of
 * GET /v1/coverage/clock. Whoever shows a clock before it is there is told when it is.
 */
"use strict";
(function () {
  const node = yixian.node;
  const HOURS = 168;
  const PATIENCE_MS = 30000;
  const waiting = new Set();
  const drawn = new Set(); // village clocks that are, or were, on the screen
  let about = yixian.page.sections.find((section) => section.type === "clock");
  let clock = null;
  let villages = new Map();

  function fill(text, facts) {
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in facts ? String(facts[name]) : whole));
  }

  const say = (key, facts) => fill(about.words[key], facts || {});
  const percent = (share) => Math.floor(share * 1000 + 1e-6) / 10; // 100 only where it is every hour
  const clockTime = (hour) => [hour % 24, (hour % 24) + 1].map((one) => String(one).padStart(2, "0") + ":00").join("–");
  const dayOf = (hour) => yixian.page.week.days[Math.floor(hour / 24)];

  /* Hours since the week's Monday: the service names instants in the county's own time. */
  function hourOf(instant) {
    const [, year, month, day, hour] = /^(\d+)-(\d+)-(\d+)T(\d+)/.exec(instant).map(Number);
    const weekday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
    return weekday * 24 + hour;
  }

  function take(answer) {
    clock = answer;
    villages = new Map(answer.villages.map((one) => [one.code, one]));
  }

  /* --- asking --- */

  async function ask() {
    const impatience = new AbortController();
    const timer = setTimeout(() => impatience.abort(), PATIENCE_MS);
    try {
      const answer = await fetch(about.href, { signal: impatience.signal, headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error("status " + answer.status);
      take(await answer.json());
    } finally {
      clearTimeout(timer);
    }
  }

  /* Once the map is on the screen: what is asked for must not delay what is there. */
  function start(box) {
    const isServed = about.href && location.protocol !== "file:";
    if (!isServed) return box.replaceChildren(node("p", "empty", about.words.absent));
    const loading = node("p", "empty loading", about.words.loading);
    loading.setAttribute("role", "status");
    box.replaceChildren(loading);
    box.setAttribute("aria-busy", "true");
    const shown = () => {
      box.removeAttribute("aria-busy");
      for (const told of [...waiting]) told();
    };
    const fetchIt = () => ask().then(() => show(box), () => fail(box)).then(shown);
    requestAnimationFrame(() => setTimeout(fetchIt, 0));
  }

  /* The clock of a live page: asked again when something changed; until it is there the one before stays. */
  function askAgain(box) {
    const shown = () => {
      show(box);
      for (const one of drawn) one.isConnected ? one.redraw() : drawn.delete(one);
    };
    if (clock && about.href) ask().then(shown, () => {}); // the page says itself that its connection is lost
  }

  function fail(box) {
    const again = node("button", "again", about.words.retry);
    again.type = "button";
    again.addEventListener("click", () => start(box));
    const said = node("p", "empty failed", node("b", "", about.words.failed), " ", about.words.failed_body, " ", again);
    said.setAttribute("role", "status");
    box.replaceChildren(said);
  }

  /* --- the county's strip --- */

  yixian.sections.clock = function () {
    const box = node("div", "clock-box");
    const section = node("section", "clock", node("h2", "", about.title), node("p", "note", about.note), box);
    if (about.data) {
      take(about.data);
      show(box);
    } else start(box);
    section.renew = (next) => {
      const isAnother = next.href !== about.href; // the week is over
      about = next;
      if (isAnother) askAgain(box);
      else if (clock) show(box);
    };
    let mark = yixian.page.live && yixian.page.live.mark;
    yixian.renewals.push((page) => {
      if (page.live.mark !== mark) askAgain(box); // last of all: it takes the service longest
      mark = page.live.mark;
    });
    return section;
  };

  function show(box) {
    if (!clock.hours.length) return box.replaceChildren(node("p", "empty", about.words.no_roads));
    const total = clock.villages.length;
    const worst = hourOf(clock.worst_at);
    const before = box.querySelector(".hours");
    const isPicked = before && before.value !== before.dataset.first;
    const told = node("p", "hour-told");
    told.setAttribute("aria-live", "polite");
    const cursor = node("i", "cursor");
    const slider = node("input", "hours");
    Object.assign(slider, { type: "range", min: 0, max: HOURS - 1, step: 1, value: isPicked ? before.value : worst });
    slider.dataset.first = worst;
    slider.setAttribute("aria-label", about.words.pick);
    const tell = () => {
      const hour = Number(slider.value);
      const one = clock.hours[hour];
      const facts = { day: dayOf(hour), hour: clockTime(hour), strength: clock.full_strength, full: one.villages_full, one: one.villages_one };
      told.textContent = say("hour", facts);
      slider.setAttribute("aria-valuetext", told.textContent);
      cursor.style.left = ((hour + 0.5) / HOURS) * 100 + "%";
    };
    slider.addEventListener("input", tell);
    tell();
    const at = clock.hours[worst];
    const facts = { day: dayOf(worst), hour: clockTime(worst), strength: clock.full_strength, full: at.villages_full, one: at.villages_one, total: total };
    const strip = node("div", "strip", countySvg(total), cursor, present());
    const hadFocus = before && before === document.activeElement;
    box.replaceChildren(
      node("p", "worst", say("county_worst", facts)),
      node("h3", "", about.words.county),
      strip,
      dayNames(),
      slider,
      told,
      keys(),
      clock.hours.every((one) => one.calendar_known) ? "" : node("p", "note", about.words.unknown_days)
    );
    if (hadFocus) slider.focus({ preventScroll: true });
  }

  function present() {
    if (about.now === null) return "";
    const line = node("i", "present", node("span", "", about.words.now));
    line.style.left = (about.now / HOURS) * 100 + "%";
    line.classList.toggle("late", about.now > HOURS * 0.8);
    return line;
  }

  /* Villages of the full strength from the ground up, upon them those with fewer, and what remains has nobody. */
  function countySvg(total) {
    const high = 60;
    const svg = yixian.svg("svg", { viewBox: "0 0 336 " + high, preserveAspectRatio: "none", "aria-hidden": "true" });
    const step = (key) => {
      let path = "M0 " + high;
      clock.hours.forEach((one, hour) => {
        path += "V" + (high - (one[key] / total) * high).toFixed(1) + "H" + (hour + 1) * 2;
      });
      return path + "V" + high + "Z";
    };
    svg.append(yixian.svg("rect", { width: 336, height: high, fill: "url(#pattern-clock-none)" }));
    svg.append(yixian.svg("path", { d: step("villages_one"), fill: "url(#pattern-clock-some)" }));
    svg.append(yixian.svg("path", { d: step("villages_full"), fill: "url(#pattern-clock-full)" }));
    for (let day = 1; day < 7; day++) svg.append(yixian.svg("path", { class: "midnight", d: "M" + day * 48 + " 0V" + high }));
    return svg;
  }

  function dayNames() {
    const names = node("div", "day-names", ...yixian.page.week.weekdays.map((day) => node("span", "", day)));
    names.setAttribute("aria-hidden", "true");
    return names;
  }

  function keys() {
    const list = node("ul", "clock-keys");
    for (const key of ["full", "some", "none"]) {
      list.append(node("li", "", yixian.swatch("clock-" + key, 22, 14), say("key_" + key, { strength: clock.full_strength })));
    }
    return list;
  }

  /* --- a village's week --- */

  /* A village's clock, or what stands for it until it is there; nothing where there will be none. */
  yixian.villageClock = function (code, changed) {
    const box = node("div", "strip-box village-clock");
    const draw = () => {
      const one = villages.get(code);
      box.replaceChildren(...(one ? villageParts(one) : []));
    };
    box.redraw = draw;
    drawn.add(box);
    if (!clock && about.href && location.protocol !== "file:") {
      box.append(node("p", "note", about.words.loading));
      const told = () => {
        waiting.delete(told);
        draw();
        changed();
      };
      waiting.add(told);
    } else draw();
    return box;
  };

  function villageParts(one) {
    const hour = hourOf(one.worst_at);
    const facts = { day: dayOf(hour), hour: clockTime(hour), members: one.worst_members };
    if (one.worst_arrival_s !== null) facts.minutes = Math.ceil(one.worst_arrival_s / 60);
    const shares = say("here", { strength: clock.full_strength, full: percent(one.share_full), one: percent(one.share_one) });
    const worst = say(one.worst_members ? "village_worst" : "village_nobody", facts);
    return [node("h4", "", yixian.page.week.words.clock), grid(one, shares), node("p", "said", shares), node("p", "said", worst)];
  }

  /* A row a day, a column an hour; hours alike are drawn as one. */
  function grid(one, label) {
    const [left, wide, high] = [26, 10, 11];
    const svg = yixian.svg("svg", { class: "grid", viewBox: "0 0 " + (left + 24 * wide + 4) + " " + (7 * high + 10), role: "img", "aria-label": label });
    const write = (text, x, y, anchor) => {
      const made = yixian.svg("text", { x: x, y: y, "text-anchor": anchor });
      made.textContent = text;
      svg.append(made);
    };
    const title = yixian.svg("title", {});
    title.textContent = about.words.village;
    svg.append(title);
    const keyOf = (members) => (members >= clock.full_strength ? "full" : members ? "some" : "none");
    for (let day = 0; day < 7; day++) {
      let from = 0;
      write(yixian.page.week.weekdays[day], left - 4, day * high + 8, "end");
      for (let hour = 1; hour <= 24; hour++) {
        const key = keyOf(one.members[day * 24 + from]);
        if (hour < 24 && keyOf(one.members[day * 24 + hour]) === key) continue;
        const box = { x: left + from * wide, y: day * high, width: (hour - from) * wide, height: high - 1 };
        svg.append(yixian.svg("rect", { ...box, fill: "url(#pattern-clock-" + key + ")" }));
        from = hour;
      }
    }
    for (const hour of [0, 6, 12, 18, 24]) {
      const x = left + hour * wide;
      if (hour % 24) svg.append(yixian.svg("path", { class: "midnight", d: "M" + x + " 0V" + 7 * high }));
      write(hour, x, 7 * high + 8, "middle");
    }
    return svg;
  }
})();
