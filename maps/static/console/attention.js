/* attention.js: what needs attention first, as figures to be read across a room, and as lists that fly there. */

import { asker, isOvertaken } from "./ask.js";
import { badge, bar, button, entry, failed, patch, tellShort, waiting } from "./parts.js";
import { limit, present, tellStatus } from "./status.js";
import { counted, dotted, listed, moment, node, number, say, span, term, when } from "./say.js";

const AT_ONCE = { orders: 5, incidents: 6, hazards: 4, villages: 8, closures: 4 };
const ask = asker("attention");
let answer = null; // the latest that came
let isStale = false;
let visit = null;

/* `go` is told what to visit: {lon, lat, bounds, code, thing}. */
export function startAttention(go) {
  visit = go;
  if (!answer) box().replaceChildren(waiting(say("loading")));
  return refresh();
}

export async function refresh() {
  try {
    answer = await ask({});
    isStale = false;
  } catch (error) {
    if (isOvertaken(error)) return;
    isStale = true;
  }
  tellStatus(isStale ? null : answer);
  show();
}

const box = () => document.getElementById("console-attention");

/* Lists that are unfolded stay so, and who reads on is not moved. */
function show() {
  const place = box();
  const unfolded = new Set([...place.querySelectorAll("details[open]")].map((one) => one.dataset.kind));
  const pressed = place.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  if (!answer) {
    place.replaceChildren(failed(say("failed"), say("failed_body", { time: moment(present()) }), again));
    return;
  }
  const groups = [orders, incidents, hazards, villages, closures].map((group) => group()).filter(Boolean);
  place.replaceChildren(...(isStale ? [stale()] : []), ...(groups.length ? groups : [calm()]));
  for (const one of place.querySelectorAll("details")) one.open = unfolded.has(one.dataset.kind);
  const again_pressed = pressed && place.querySelector(`[data-key="${CSS.escape(pressed)}"]`);
  if (again_pressed) again_pressed.focus({ preventScroll: true });
  tally();
}

function again() {
  if (!answer) box().replaceChildren(waiting(say("loading")));
  refresh();
}

function stale() {
  const made = failed(say("stale", { time: moment(answer.at) }), null, again);
  made.classList.add("stale");
  return made;
}

/* Whether the record tells of any village's week: nothing that is known of is not nothing that is wrong. */
function isJudged() {
  const { no_data: unknown = 0, ...judged } = answer.counts.villages;
  return !unknown || Object.values(judged).some((count) => count > 0);
}

function calm() {
  const body = isJudged() ? say("calm_body") : say("coverage.none_judged");
  return node("div", isJudged() ? "empty good calm" : "empty calm", node("b", "", say("calm")), node("p", "", body));
}

/* --- the figures --- */

export function tally() {
  if (!answer) return;
  const counts = answer.counts;
  const states = isJudged() ? counts.villages : { lost: null, curable: null };
  const figures = [
    ["orders", answer.orders.length, say("orders"), "closure-closed"],
    ["incidents", counts.incidents, say("incidents"), "incident-open"],
    ["hazards", counts.hazards, say("hazards"), "level-5"],
    ["villages", states.lost, term("state", "lost"), "state-lost"],
    ["villages", states.curable, term("state", "curable"), "state-curable"],
    ["closures", counts.closures, say("closures"), "closure-closed"],
  ];
  const list = node("ul", "tally-figures");
  for (const [kind, count, label, style] of figures) {
    const made = yixian.dress(button("figure " + kind + (count ? "" : " none"), node("b", "", count === null ? "?" : number(count)), node("span", "", label)), style);
    made.disabled = !count;
    made.addEventListener("click", () => jump(kind));
    list.append(node("li", "", made));
  }
  document.getElementById("console-tally").replaceChildren(list, node("p", "note hint", say(isJudged() ? "click" : "coverage.none_judged")));
  const found = figures.filter(([, count]) => count).slice(0, 3);
  const told = found.map(([, count, label]) => label + " " + number(count));
  if (!document.body.classList.contains("has-place")) tellShort(dotted(...told) || say("calm"));
}

function jump(kind) {
  document.dispatchEvent(new CustomEvent("console:list"));
  const group = box().querySelector(`[data-group="${kind}"]`);
  if (!group) return;
  group.scrollIntoView({ block: "start", behavior: yixian.prefersStillness() ? "auto" : "smooth" });
  group.querySelector("h2").focus({ preventScroll: true });
}

/* --- the lists --- */

function group(kind, title, items, count) {
  if (!items.length) return null;
  const heading = node("h2", "", title, yixian.count(number(count)));
  heading.tabIndex = -1;
  const made = node("div", "group " + kind, heading, entries(items.slice(0, AT_ONCE[kind])));
  made.dataset.group = kind;
  const rest = items.slice(AT_ONCE[kind]);
  if (rest.length) {
    const more = node("details", "more", node("summary", "", say("more", { count: number(rest.length) })), entries(rest));
    more.dataset.kind = kind;
    made.append(more);
  }
  return made;
}

function entries(items) {
  return node("ul", "entries", ...items.map((item) => node("li", "", item)));
}

/* An entry with a key, under which it is found again when the list is drawn anew. */
function keyed(key, about, there) {
  const made = entry(about, (pressed) => visit(there, pressed));
  made.dataset.key = key;
  return made;
}

function orders() {
  const items = answer.orders.map((one) => {
    const made = button("order-card", ...orderParts(one));
    made.dataset.key = "order " + one.order_id;
    made.addEventListener("click", () => visit({ bounds: one.bounds }, made));
    return made;
  });
  return group("orders", say("orders"), items, answer.orders.length);
}

function orderParts(one) {
  const counts = Object.entries(one.counts).filter(([, count]) => count);
  const style = (state) => yixian.page.console.order_styles[state] || "unknown";
  const keys = counts.map(([state, count]) => {
    const key = node("span", "order-count", patch(style(state), 18, 12), term("order_state", state), node("b", "", number(count)));
    return key;
  });
  const expected = counts.map(([state, count]) => [style(state), count, term("order_state", state)]);
  const reached = [["first", one.first_at], ["third", one.third_at], ["last", one.last_at]].filter(([, at]) => at);
  const isOver = Date.parse(one.limit_at) < Date.parse(present());
  const arrived = (one.counts.on_station || 0) + (one.counts.late || 0);
  return [
    node("b", "order-name", say("order", { order: one.order_id })),
    node("span", "order-figure", node("b", "", number(arrived)), node("span", "", say("arrived_of", { expected: number(one.expected) }))),
    node("span", "order-limit" + (isOver ? " over" : ""), limit(one)),
    node("span", "note", dotted(say("issued", { elapsed: span(Date.parse(present()) - Date.parse(one.issued_at)) }), listed(one.scope.map((area) => area.name)))),
    one.cause ? node("span", "note", one.cause) : null,
    expected.length ? bar(expected) : null,
    node("span", "order-counts", ...keys),
    node("span", "note", reached.length ? reached.map(([word, at]) => say(word) + " " + when(at, present())).join(" · ") : say("nobody_yet")),
  ];
}

function incidents() {
  const items = answer.incidents.map((one) =>
    keyed(
      "incident " + one.incident_id,
      {
        mark: yixian.symbol("sym-incident-open", "incident-open"),
        name: term("incident", one.kind),
        note: dotted(one.village_name, one.summary),
        side: say("since", { elapsed: span(Date.parse(present()) - Date.parse(one.at)) }),
        look: "grave",
      },
      { ...one, thing: { block: "layer-incidents", id: one.incident_id } }
    )
  );
  return group("incidents", say("incidents"), items, answer.counts.incidents);
}

function hazards() {
  const items = answer.hazards.map((one) => {
    const isSite = one.layer === "hazard_sites";
    const isFire = one.kind === "forest_fire";
    return keyed(
      one.layer + " " + one.id,
      {
        mark: isSite ? yixian.symbol("sym-site", "level-5", "I") : zoneMark(isFire),
        name: one.name || term("hazard", one.kind),
        note: dotted(term("hazard", one.kind), one.village_name),
        side: one.people === null || one.people === undefined ? null : counted("people", one.people),
      },
      { ...one, thing: { block: isSite ? "layer-gravest-sites" : "layer-gravest-zones", id: one.id } }
    );
  });
  return group("hazards", say("hazards"), items, answer.counts.hazards);
}

function zoneMark(isFire) {
  const made = patch(isFire ? "fire-5" : "geo-5", 24, 24);
  made.classList.add("symbol");
  return made;
}

function villages() {
  const items = answer.villages.map((one) => {
    const owed = one.state === "no_team" ? say("no_team") : say(one.nights_left ? "owed" : "owed_none_left", { count: one.shortfall, left: one.nights_left });
    return keyed(
      "village " + one.code,
      { mark: badge("state-" + one.state, term("state", one.state)), name: one.name, note: dotted(one.town_name, one.population === null ? null : counted("people", one.population)), side: owed, look: "village" },
      one
    );
  });
  return group("villages", say("villages"), items, items.length);
}

function closures() {
  const items = answer.closures.map((one) => {
    const cause = yixian.page.console.terms.closure_cause[one.cause] || term("hazard", one.cause);
    const until = one.until ? when(one.until, present()) : say("dispatch.open_end");
    const symbol = one.effect === "closed" ? "sym-closed" : "sym-slowed";
    return keyed(
      "closure " + one.closure_id,
      { mark: yixian.symbol(symbol, "closure-" + one.effect), name: one.name || cause, note: dotted(one.name ? cause : null, one.closure_id), side: node("span", "", term("road_effect", one.effect), node("br", ""), "→ " + until) },
      { ...one, thing: { block: "layer-closures", id: one.closure_id } }
    );
  });
  return group("closures", say("closures"), items, answer.counts.closures);
}
