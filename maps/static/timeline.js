/* timeline.js: a bar under the map that shows any moment of a span: a strip of the whole span, a slider, play and pause.
 *
 * A page gives it `steps` (a function, {name: [moments]}; a moment has a key and a label, and from/until in Unix seconds
 * where there is more than one step), `present` (which moment that is), and what draws a column of the strip and what shows
 * a moment. The address carries the moment that is shown, behind its #.
 */
"use strict";
(function () {
  const node = yixian.node;
  const COLUMN = 24, TALL = 60, LANES = 14;

  yixian.timeline = function (about) {
    const said = about.words;
    const state = { step: null, number: 0, timer: null };
    const label = node("output", "moment");
    const when = node("span", "when");
    const range = node("input", "moments");
    Object.assign(range, { type: "range", min: 0, step: 1 });
    range.setAttribute("aria-label", said.slider);
    const strip = node("div", "span-strip");
    const scale = node("div", "span-scale");
    scale.setAttribute("aria-hidden", "true");
    const link = node("a", "moment-link", said.link);
    const back = button(icon("M17 5L8 12L17 19Z"), said.back, () => stepBy(-1));
    const on = button(icon("M7 5L16 12L7 19Z"), said.on, () => stepBy(1));
    back.classList.add("quiet");
    on.classList.add("quiet");
    const play = button(null, said.play, () => (state.timer ? pause() : start()));
    const present = button(said.to_present, said.to_present, () => go(about.present(moments())));
    present.classList.add("to-present");
    let all_steps = about.steps();
    const steps = Object.keys(all_steps);
    const picker = steps.length > 1 ? stepPicker() : null;
    const tools = node("div", "tools", play, back, on, node("p", "shown", label, when), picker, present, link);
    const bar = node("section", "timeline", tools, node("div", "span-box", strip, range, scale), about.key ? about.key() : null);
    bar.setAttribute("aria-label", said.label);
    document.getElementById("map-frame").append(bar);
    document.body.classList.add("has-timeline");
    yixian.map.invalidateSize({ animate: false });
    yixian.goHome({ animate: false }); // in what the bar leaves

    function moments() {
      return all_steps[state.step];
    }

    /* Not a letter: fonts lack them. */
    function icon(path) {
      return yixian.svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, yixian.svg("path", { d: path, fill: "currentColor" }));
    }

    function button(content, title, act) {
      const made = node("button", "", content);
      made.type = "button";
      made.title = title;
      made.setAttribute("aria-label", title);
      made.addEventListener("click", act);
      return made;
    }

    function stepPicker() {
      const box = node("span", "steps");
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", said.step);
      for (const step of steps) {
        const one = button(said[step], said[step], () => change(step));
        one.dataset.step = step;
        box.append(one);
      }
      return box;
    }

    /* Weeks and days: what is shown stays as near as it can. */
    function change(step) {
      const until = moments()[state.number].until;
      pause();
      use(step);
      let number = moments().findIndex((one) => one.until >= until);
      if (number < 0) number = moments().length - 1;
      go(number);
    }

    function use(step) {
      state.step = step;
      range.max = moments().length - 1;
      for (const one of bar.querySelectorAll(".steps button")) one.setAttribute("aria-pressed", String(one.dataset.step === step));
      drawStrip();
    }

    function drawStrip() {
      const all = moments();
      const svg = yixian.svg("svg", { viewBox: "0 0 " + all.length * COLUMN + " " + (TALL + LANES), preserveAspectRatio: "none" });
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", said.strip || said.label);
      const columns = all.map((one, number) => about.column(one, number, state.step));
      const most = Math.max(1, ...columns.map((parts) => parts.reduce((sum, part) => sum + part.share, 0)));
      columns.forEach((parts, number) => {
        let top = TALL + LANES;
        for (const part of parts) {
          const height = (part.share / most) * TALL;
          top -= height;
          const style = yixian.style(part.style);
          const fill = style.pattern ? "url(#" + style.pattern + ")" : part.plain || style.fill;
          svg.append(yixian.svg("rect", { x: number * COLUMN + 0.5, y: top, width: COLUMN - 1, height: height, fill: fill }));
        }
      });
      for (const lane of about.lanes || []) {
        all.forEach((one, number) => {
          if (lane.holds(one)) svg.append(yixian.svg("rect", { x: number * COLUMN, y: lane.y, width: COLUMN, height: 5, class: "lane-" + lane.name }));
        });
      }
      strip.replaceChildren(svg, node("i", "cursor"));
      scale.replaceChildren(...all.map((one) => node("span", "", one.short)));
      scale.classList.toggle("sparse", all.length > 20);
    }

    strip.addEventListener("click", (event) => {
      const box = strip.getBoundingClientRect();
      pause();
      go(Math.floor(((event.clientX - box.left) / box.width) * moments().length));
    });
    range.addEventListener("input", () => {
      pause();
      go(Number(range.value));
    });

    function stepBy(count) {
      pause();
      go(state.number + count);
    }

    function start() {
      if (state.number >= moments().length - 1) go(0);
      const pause_ms = moments().length > 60 ? 350 : 900;
      state.timer = setInterval(() => {
        if (state.number >= moments().length - 1) pause();
        else go(state.number + 1);
      }, pause_ms);
      dressPlay();
    }

    function pause() {
      clearInterval(state.timer);
      state.timer = null;
      dressPlay();
    }

    function dressPlay() {
      const playing = state.timer !== null;
      play.replaceChildren(icon(playing ? "M6 4H10V20H6Z M14 4H18V20H14Z" : "M6 4L20 12L6 20Z"));
      play.title = playing ? said.pause : said.play;
      play.setAttribute("aria-label", play.title);
      label.setAttribute("aria-live", playing ? "off" : "polite"); // nobody wants a week read out each second
    }

    function go(number) {
      const last = moments().length - 1;
      state.number = Math.min(Math.max(number, 0), last);
      const moment = moments()[state.number];
      range.value = state.number;
      range.setAttribute("aria-valuetext", moment.label);
      label.textContent = moment.label;
      const now = about.present(moments());
      when.textContent = about.when(moment, state.number, now);
      bar.classList.toggle("elsewhen", state.number !== now);
      present.hidden = state.number === now;
      back.disabled = state.number === 0;
      on.disabled = state.number === last;
      const cursor = strip.querySelector(".cursor");
      cursor.style.left = (state.number / moments().length) * 100 + "%";
      cursor.style.width = "max(" + 100 / moments().length + "%, 4px)";
      about.show(moment, state.number, state.step);
      address(moment.key);
    }

    /* The browser counts changes of the address; a slider that is drawn along makes too many of them. */
    let due = null;
    function address(key) {
      link.href = "#moment=" + key;
      clearTimeout(due);
      due = setTimeout(() => {
        if (readAddress() !== key) window.history.replaceState(null, "", link.href);
      }, 250);
    }

    function readAddress() {
      const found = /[#&]moment=([\w-]+)/.exec(location.hash);
      return found ? found[1] : null;
    }

    function goTo(key) {
      for (const step of steps) {
        const number = all_steps[step].findIndex((one) => one.key === key);
        if (number < 0) continue;
        if (state.step !== step) use(step);
        go(number);
        return true;
      }
      return false;
    }

    window.addEventListener("hashchange", () => {
      const key = readAddress();
      if (key && key !== moments()[state.number].key) goTo(key);
    });
    document.querySelectorAll(".link-lang").forEach((one) => one.addEventListener("click", () => (one.hash = link.hash)));
    dressPlay();
    if (!goTo(readAddress())) goTo(about.moment);

    /* The page's data are others: who looked at the present goes on with it, who looked elsewhere stays there. */
    function renew() {
      const [key, step] = [moments()[state.number].key, state.step];
      const followed = state.number === about.present(moments());
      all_steps = about.steps();
      use(step);
      if (followed || !goTo(key)) go(about.present(moments()));
    }

    return { renew: renew };
  };
})();
