/* place.js: the card of a place: what lies there, what threatens it, who would be there first, and its nights. */

import { Refusal, asker, isOvertaken, isServed } from "./ask.js";
import { badge, button, failed, tellShort, waiting } from "./parts.js";
import { minutes } from "./legs.js";
import { teams } from "./teams.js";
import { clearPlace, clearWays, drawWays, hasWays, markPlace } from "./view.js";
import { about, counted, distance, dotted, node, number, say, term } from "./say.js";

const WITHIN_M = 500;
const K = 3;
const ask = asker("places");
let asked = null; // {lon, lat} or {code}
let answer = null;
let thing = null; // {block, id} of what stands there on the map, where it was asked for
let from = null; // what was pressed, and has the focus again when the card goes

const box = () => document.getElementById("console-place");

/* Open the card of a place: {lon, lat} or {code}, with the `thing` that stands there. `pressed` is what asked for it. */
export async function openPlace(wanted, { pressed = null } = {}) {
  asked = wanted.code ? { code: wanted.code } : { lon: wanted.lon, lat: wanted.lat };
  thing = wanted.thing || null;
  from = pressed;
  answer = null;
  clearWays();
  document.body.classList.add("has-place");
  if (wanted.lon !== undefined) markPlace(wanted.lon, wanted.lat);
  unfold();
  frame(waiting(say("asking")));
  if (pressed) box().querySelector("h2").focus({ preventScroll: true });
  const [mine, layer] = [asked, thing && yixian.layers[thing.block]];
  if (layer && layer.build && !layer.shown) layer.build(() => answer && mine === asked && draw());
  await fetchCard();
}

/* The same place again: something has changed, or a minute has passed. */
export async function refreshPlace() {
  if (asked && answer) await fetchCard();
}

async function fetchCard() {
  const wanted = asked;
  try {
    const found = await ask({ ...asked, k: K });
    if (wanted !== asked) return;
    answer = found;
    if (wanted.code) markPlace(answer.lon, answer.lat);
    draw();
  } catch (error) {
    if (isOvertaken(error) || wanted !== asked) return;
    if (answer) return; // what is there stays; the list above says that nothing new comes
    frame(refused(error));
  }
}

export function closePlace() {
  if (!asked) return;
  asked = answer = thing = null;
  clearPlace();
  document.body.classList.remove("has-place");
  box().replaceChildren();
  document.dispatchEvent(new CustomEvent("console:closed"));
  if (from && from.isConnected) from.focus({ preventScroll: true });
  from = null;
}

export function isOpen() {
  return asked !== null;
}

/* On a phone the panel may be folded away. */
function unfold() {
  const panel = document.getElementById("panel");
  const handle = panel.querySelector(".handle");
  if (panel.classList.contains("folded") && handle) handle.click();
  const body = document.getElementById("panel-body");
  if (body) body.scrollTop = 0;
}

function refused(error) {
  const facts = error instanceof Refusal ? error.problem : {};
  if (facts.distance_m !== undefined) {
    const told = { distance: Math.round(facts.distance_m / 1000), limit: Math.round(facts.limit_m / 1000) };
    return node("div", "notice alarm", node("p", "", say("far", told)));
  }
  return failed(say("place_failed"), null, () => {
    frame(waiting(say("asking")));
    fetchCard();
  });
}

/* --- the card --- */

function frame(...inside) {
  const title = node("h2", "", answer && answer.village ? answer.village.name : answer ? say("dispatch.no_village") : say("place"));
  title.tabIndex = -1;
  const close = button("close", "×");
  close.setAttribute("aria-label", say("close"));
  close.title = say("close");
  close.addEventListener("click", closePlace);
  const had = box().contains(document.activeElement) ? document.activeElement.className : null;
  const unfolded = Boolean(box().querySelector("details[open]"));
  box().replaceChildren(node("article", "place", node("header", "", title, close), ...inside));
  const fold = box().querySelector("details.passed-over");
  if (fold && unfolded) fold.open = true;
  if (had !== null) (box().querySelector("." + (had.split(" ")[0] || "none")) || title).focus({ preventScroll: true });
}

function draw() {
  const near = answer.nearest;
  frame(theThing(), where(), threats(), teams(near, near.teams.length ? waysButton(near) : null), onward(), nights());
  if (hasWays()) drawWays(near, false);
  const first = near.teams[0];
  const soonest = first && first.arrival_s !== undefined ? say("whole_minutes", { minutes: number(minutes(first.arrival_s)) }) : null;
  tellShort(dotted(answer.village ? answer.village.name : say("place"), soonest));
}

/* What stands there on the map, as the map tells of it. */
function theThing() {
  const found = thing && yixian.layers[thing.block] && yixian.layers[thing.block].byId.get(thing.id);
  return found && found.about.card.r ? node("div", "thing", yixian.card(found.about.card)) : null;
}

function where() {
  const village = answer.village;
  const lines = [];
  if (village) lines.push(dotted(village.town_name, term("village_kind", village.kind), village.population === null ? null : counted("people", village.population)));
  lines.push(dotted(answer.grid ? say("grid") + " " + answer.grid.code : say("no_grid"), answer.grid && answer.grid.population !== null ? counted("people", answer.grid.population) : null));
  lines.push(answer.lon.toFixed(5) + ", " + answer.lat.toFixed(5));
  return node("div", "where", ...lines.map((line) => node("p", "note", line)));
}

function threats() {
  const items = [...answer.zones.map(zone), ...answer.sites.map(site)];
  if (!items.length) return node("p", "no-threat note", say("no_zones", { distance: distance(WITHIN_M) }));
  return node("ul", "threats", ...items);
}

function zone(one) {
  const family = one.kind === "forest_fire" ? "fire_level" : "geo_level";
  const level = badge("level-" + one.level, term(family, one.level));
  const effect = one.road_effect ? term("road_effect", one.road_effect) : null;
  return node("li", "", level, node("span", "what", one.name || term("hazard", one.kind), node("span", "note", dotted(term("hazard", one.kind), say("in_zone"), effect))));
}

function site(one) {
  const isRemoved = one.status === "removed";
  const level = badge(isRemoved ? "removed" : one.level ? "level-" + one.level : "unknown", isRemoved ? term("site_status", "removed") : one.grade ? term("grade", one.grade) : say("value.unknown"));
  return node("li", "", level, node("span", "what", one.name || term("hazard", one.kind), node("span", "note", dotted(term("hazard", one.kind), say("within", { distance: distance(one.distance_m) })))));
}

/* The same place on the page of dispatch, with all that is to be told of it. */
function onward() {
  if (!isServed("dispatch")) return null;
  const link = node("a", "open-dispatch", say("dispatch"));
  const address = new URL(about().doors.dispatch, location.href);
  address.searchParams.set("lon", answer.lon.toFixed(6));
  address.searchParams.set("lat", answer.lat.toFixed(6));
  link.href = address.href;
  return link;
}

function waysButton(near) {
  const made = button("ways go", "");
  const tell = () => {
    made.textContent = say(hasWays() ? "unroute" : "routes");
    made.setAttribute("aria-pressed", String(hasWays()));
  };
  made.addEventListener("click", () => {
    if (hasWays()) clearWays();
    else drawWays(near, true);
    tell();
  });
  tell();
  return made;
}

/* The week's nights of the village: its state, what it owes, and the seven evenings. */
function nights() {
  const week = answer.nights;
  if (!week) return null;
  const owed = week.state === "no_team" ? null : say("nights_of", { nights: number(week.nights), quota: number(week.quota) });
  const head = node("p", "nights-head", badge("state-" + week.state, term("state", week.state)), owed ? node("b", "", owed) : null, week.shortfall ? node("span", "note", say("owed_none_left", { count: week.shortfall })) : null);
  head.title = week.reason;
  const cells = week.evenings.map((one, number_) => {
    const symbol = yixian.symbol("sym-night-" + one.state, "night-" + one.state);
    const cell = node("li", "", symbol, node("span", "", about().weekdays[number_ % 7]));
    cell.title = one.evening + ": " + term("evening", one.state);
    symbol.setAttribute("role", "img");
    symbol.setAttribute("aria-label", cell.title);
    symbol.removeAttribute("aria-hidden");
    return cell;
  });
  const streak = week.streak && week.streak.weeks ? say("streak_" + week.streak.state, { count: number(week.streak.weeks) }) : null;
  return node("div", "nights", node("h3", "", say("nights"), yixian.count(week.week)), head, node("ol", "evenings", ...cells), streak ? node("p", "note", streak) : null);
}
