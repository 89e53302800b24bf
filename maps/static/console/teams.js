/* teams.js: the teams that would arrive first: minutes large, their legs as a bar on one scale, the margin to two hours. */

import { badge, patch } from "./parts.js";
import { legsOf, minutes } from "./legs.js";
import { counted, distance, dotted, listed, node, number, say, term, when } from "./say.js";

const LIMIT = 120;

/* What an answer of /v1/nearest tells, the first three teams and who is passed over; `action` stands beside the title. */
export function teams(answer, action) {
  const box = node("div", "teams", node("div", "teams-head", node("h3", "", say("teams")), action));
  if (!answer.teams.length) {
    box.append(node("p", "notice alarm", nobody(answer)));
    return box;
  }
  const longest = Math.max(...answer.teams.map((team) => (team.arrival_s === undefined ? 0 : minutes(team.arrival_s))));
  if (!longest) box.append(node("p", "note", say("dispatch.straight_note")));
  const scale = Math.max(longest, LIMIT);
  const list = node("ol", "");
  for (const team of answer.teams) list.append(arrival(team, answer, scale));
  box.append(list);
  if (answer.passed_over && answer.passed_over.length) box.append(passedOver(answer));
  return box;
}

/* Why nobody comes. */
function nobody(answer) {
  if (answer.reach === "off_network") {
    return answer.nearest_road_m === null ? say("dispatch.no_road_at_all") : say("dispatch.why_off_network", { distance: distance(answer.nearest_road_m) });
  }
  if (answer.reach === "unreachable" && (answer.closures || []).length) {
    return say("dispatch.cut_off", { closures: listed(answer.closures.map((one) => one.name || one.id)) });
  }
  const key = "dispatch.why_" + answer.reach;
  return key in yixian.page.console.words ? say(key) : answer.reason;
}

function arrival(team, answer, scale) {
  const rank = yixian.dress(node("b", "rank", team.rank), "route-" + Math.min(team.rank, 3));
  const who = node("span", "who-name", node("b", "", team.name), node("span", "note", dotted(term("team_kind", team.kind), counted("people", team.members), term("placed_by", team.placed_by))));
  if (team.arrival_s === undefined) {
    return node("li", "arrival", rank, who, node("span", "arrives", node("b", "", distance(team.distance_m))));
  }
  const total = minutes(team.arrival_s);
  const spare = LIMIT - total;
  const [style, key] = spare >= 0 ? ["in-time", "spare"] : ["too-late", "late"];
  const at = new Date(Date.parse(answer.at) + total * 60000).toISOString();
  const when_ = node("span", "arrives", node("b", "", say("whole_minutes", { minutes: number(total) })), node("span", "note", say("arrives", { clock: when(at, answer.at) })));
  const margin = badge(style, say(key, { minutes: number(Math.abs(spare)) }));
  margin.classList.add("margin");
  return node("li", "arrival", rank, who, when_, legBar(team, scale), node("p", "leg-words", ...legWords(team)), margin, ...remarks(team, answer));
}

function remarks(team, answer) {
  const told = [];
  if (team.recall) told.push(badge("unknown", say("dispatch.recall", { minutes: number(minutes(team.notice_s)) })));
  if (team.lost_s && minutes(team.lost_s)) {
    const closures = listed((answer.closures || []).map((one) => one.name || one.id));
    told.push(badge("too-late", say("dispatch.lost", { minutes: number(minutes(team.lost_s)), closures })));
  }
  return told.length ? [node("p", "told", ...told)] : [];
}

/* Minutes from the call; where there is room a leg bears its own. */
function legBar(team, scale) {
  const made = node("div", "leg-bar");
  made.setAttribute("aria-hidden", "true"); // the words below say it
  const svg = yixian.svg("svg", { viewBox: "0 0 400 16", preserveAspectRatio: "none" });
  let from = 0;
  for (const [leg, seconds, share] of legsOf(team)) {
    const width = (seconds / 60 / scale) * 400;
    svg.append(yixian.svg("rect", { x: from, y: 0, width, height: 16, fill: "url(#" + yixian.style("leg-" + leg).pattern + ")" }));
    if (width > 26 && leg === "road") {
      const inside = yixian.dress(node("span", "leg-minutes", share), "leg-" + leg);
      inside.style.left = ((from + width / 2) / 400) * 100 + "%";
      made.append(inside);
    }
    from += width;
  }
  const limit = node("i", "limit", node("span", "", say("dispatch.limit")));
  limit.style.left = (LIMIT / scale) * 100 + "%";
  made.prepend(svg);
  made.append(limit);
  return made;
}

function legWords(team) {
  return legsOf(team)
    .filter(([, seconds]) => seconds)
    .map(([leg, , share]) => node("span", "", patch("leg-" + leg, 14, 10), term("leg", leg) + " ", node("b", "", share || "<1")));
}

function passedOver(answer) {
  const rows = answer.passed_over.map((one) => {
    const side = node("span", "side", say("would_be", { minutes: number(minutes(one.arrival_s)) }));
    return node("li", "", node("span", "what", node("b", "", one.name), node("span", "note", one.reason)), side);
  });
  const made = node("details", "passed-over", node("summary", "", say("passed_over", { count: rows.length })), node("ul", "", ...rows));
  return made;
}

