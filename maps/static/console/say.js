/* say.js: the console's words, figures and times. Instants are named in the county's own time, UTC+8. */

const HOURS_8 = 8 * 3600 * 1000;

export const node = yixian.node;

/* What the page tells its modules; read anew each time, for a live page takes the next one over. */
export function about() {
  return yixian.page.console;
}

/* A text with its facts put in. */
export function say(key, facts = {}) {
  const text = about().words[key];
  if (text === undefined) throw new Error("no word " + key);
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in facts ? String(facts[name]) : whole));
}

/* The word for a term of a vocabulary; a term that is not known stands for itself. */
export function term(group, value) {
  const found = (about().terms[group] || {})[value];
  return found === undefined ? String(value) : found;
}

export function number(value) {
  return Number(value).toLocaleString("en-US");
}

export function counted(unit, value) {
  return value === null || value === undefined ? say("value.missing") : say("unit." + unit, { count: number(value) });
}

export function distance(metres) {
  return metres < 1000 ? counted("metres", Math.round(metres)) : say("unit.kilometres", { count: (metres / 1000).toFixed(1) });
}

export function listed(items) {
  return items.filter(Boolean).join(say("list.separator"));
}

/* Facts of one line; what is not there is left out. */
export function dotted(...items) {
  return items.filter(Boolean).join(" · ");
}

/* "2022-12-23T10:00" of an instant, in the county's time. */
export function local(instant) {
  return new Date(Date.parse(instant) + HOURS_8).toISOString().slice(0, 16);
}

function parts(instant) {
  const [date, clock] = local(instant).split("T");
  const [year, month, day] = date.split("-").map(Number);
  const weekday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
  return { year, month: about().months[month - 1], day, weekday: about().weekdays[weekday], clock };
}

export const clock = (instant) => local(instant).slice(11);
export const day = (instant) => say("date.weekday", parts(instant));
export const moment = (instant) => say("date.instant", parts(instant));

/* The time alone on the day of `present`, else with the day. */
export function when(instant, present) {
  const facts = parts(instant);
  return local(instant).slice(0, 10) === local(present).slice(0, 10) ? facts.clock : say("date.day", facts) + " " + facts.clock;
}

/* A span as people say it. */
export function span(ms) {
  const minutes = Math.floor(Math.abs(ms) / 60000);
  if (minutes >= 48 * 60) return say("days", { count: number(Math.floor(minutes / 1440)) });
  const facts = { hours: Math.floor(minutes / 60), minutes: minutes % 60 };
  return say(facts.hours ? "hours_minutes" : "whole_minutes", facts);
}
