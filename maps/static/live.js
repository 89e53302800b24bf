/* live.js: an open page hears what changes, and says in the masthead whether it does.
 *
 * It listens to the service's events. When the connection breaks it tries again, with growing pauses; from the third
 * failure on it also asks every five seconds how things stand. What comes is taken for a hint alone: whatever it says,
 * the page asks its own address what it should show. Other modules hear of a change by the event `yixian:changed`.
 */

import "./update.js";

const PAUSES_MS = [500, 1000, 2000, 5000, 10000, 30000];
const FAILURES = 3; // then the page also asks
const ASK_MS = 5000;
const REST_MS = 30000; // the same of a page that nobody looks at
const SILENCE_MS = 35000; // of an open connection, which carries a sign of life every 15 s
const PATIENCE_MS = 20000;
const MINUTE_MS = 60000;
const SPREAD_MS = 8000; // so that not every page of the county asks in the same second

const about = () => yixian.page.live;
const say = (key, facts = {}) => about().words[key].replace(/\{(\w+)\}/g, (whole, name) => facts[name]);

/* --- the line in the masthead --- */

const line = yixian.node("p", "live");
line.setAttribute("role", "status");
let lostAt = null;

function clock(instant) {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" }).format(instant);
}

/* One of connecting, live, asking, reconnecting, lost. */
function show(state) {
  if (state === "live" || state === "asking") lostAt = null;
  const facts = { clock: clock(lostAt || new Date()) };
  const text = say(state, facts);
  document.documentElement.dataset.live = state;
  line.className = "live live-" + state;
  const said = [yixian.node("b", "", text), state === "lost" ? yixian.node("span", "", say("lost_body", facts)) : null];
  if (line.textContent !== said.map((one) => (one ? one.textContent : "")).join("")) line.replaceChildren(...said.filter(Boolean));
}

/* --- what the page shows --- */

let wanted = about().mark; // where the service stands, as far as the page has heard
let isRenewing = false;
let isWanted = false;
let refusals = 0;

/* Take over what the page's address says now; a change that comes meanwhile is taken over after that. */
async function renew() {
  isWanted = true;
  if (isRenewing || document.documentElement.classList.contains("still")) return;
  isRenewing = true;
  try {
    while (isWanted) {
      isWanted = false;
      await yixian.update(await asked(ownAddress()));
      refusals = 0;
      state();
    }
  } catch {
    refusals += 1; // the state that is shown is the one before
    heardNothing();
    setTimeout(renew, pause(refusals));
  } finally {
    isRenewing = false;
  }
}

function ownAddress() {
  const address = new URL(location.href);
  address.searchParams.set("f", "json");
  address.searchParams.set("lang", document.documentElement.lang.slice(0, 2));
  address.hash = "";
  return address;
}

async function asked(address) {
  const impatience = new AbortController();
  const timer = setTimeout(() => impatience.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(address, { signal: impatience.signal, headers: { accept: "application/json" }, cache: "no-cache" });
    if (answer.status >= 500) throw new Error("status " + answer.status); // a place too far away is a page, with 400
    return await answer.json();
  } finally {
    clearTimeout(timer);
  }
}

/* Where the service says that it stands; whatever else it is, is nothing. */
function take(standing) {
  const isStanding = standing && Number.isInteger(standing.sequence) && [standing.version, standing.rules].every((one) => typeof one === "string");
  if (!isStanding) return false;
  const mark = [standing.sequence, standing.version, standing.rules].join(".");
  if (mark === wanted) return true;
  wanted = mark;
  document.dispatchEvent(new CustomEvent("yixian:changed", { detail: standing }));
  if (mark !== about().mark) renew();
  return true;
}

/* --- the connection --- */

let events = null;
let failures = 0;
let heardAt = 0;
let again = null;
let asking = null;
let isAsking = false;

function pause(count) {
  return PAUSES_MS[Math.min(count, PAUSES_MS.length) - 1] * (0.8 + 0.4 * Math.random());
}

function state() {
  if (refusals) return lost();
  if (events && events.readyState === EventSource.OPEN) show("live");
  else if (failures < FAILURES) show(failures ? "reconnecting" : "connecting");
  return undefined;
}

function lost() {
  show(refusals >= FAILURES || failures >= FAILURES ? "lost" : "reconnecting");
}

function heardNothing() {
  lostAt = lostAt || new Date();
  lost();
}

function heard() {
  heardAt = Date.now();
  failures = 0;
  clearInterval(asking);
  asking = null;
  state();
}

function connect() {
  clearTimeout(again);
  if (events) events.close();
  const address = new URL(about().href, location.href);
  address.searchParams.set("last", wanted);
  heardAt = Date.now();
  events = new EventSource(address);
  events.addEventListener("open", () => {
    heard();
    if (refusals) renew();
  });
  events.addEventListener("here", heard);
  events.addEventListener("changed", (event) => {
    heard();
    if (!take(parsed(event.data))) ask(); // not to be understood, but something has changed
  });
  events.addEventListener("error", fail);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function fail() {
  events.close(); // it would try again by itself, and never longer than it likes
  failures += 1;
  if (failures < FAILURES) heardNothing();
  else if (!asking) {
    asking = setInterval(ask, ASK_MS);
    ask();
  }
  clearTimeout(again);
  again = setTimeout(connect, pause(failures));
}

/* How things stand, without the events. */
async function ask() {
  if (isAsking) return;
  isAsking = true;
  try {
    if (!take(await asked(new URL(about().state, location.href)))) throw new Error("not where a service stands");
    if (failures >= FAILURES && !refusals) show("asking");
  } catch {
    if (failures >= FAILURES) heardNothing();
  } finally {
    isAsking = false;
  }
}

/* --- time --- */

/* Pages show the present to the minute, unless another moment was asked for. */
const showsPresent = !new URLSearchParams(location.search).has("at");

function tick() {
  if (!document.hidden) renew();
  setTimeout(tick, MINUTE_MS - (Date.now() % MINUTE_MS) + Math.random() * SPREAD_MS);
}

/* Browsers give all pages of a service six connections together: one that nobody looks at has none, and asks. */
function rest() {
  events.close();
  clearTimeout(again);
  clearInterval(asking);
  asking = setInterval(ask, REST_MS);
}

function wake() {
  clearInterval(asking);
  asking = null;
  connect();
  if (showsPresent) renew();
}

function look() {
  if (events.readyState === EventSource.OPEN && Date.now() - heardAt > SILENCE_MS) fail();
}

function start() {
  document.getElementById("masthead").append(line);
  show("connecting");
  connect();
  if (document.hidden) rest();
  setInterval(look, 5000);
  window.addEventListener("offline", () => events.readyState !== EventSource.CLOSED && fail());
  window.addEventListener("online", connect);
  window.addEventListener("pageshow", (event) => event.persisted && connect()); // back from another page
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : wake()));
  if (showsPresent) setTimeout(tick, MINUTE_MS - (Date.now() % MINUTE_MS) + Math.random() * SPREAD_MS);
}

yixian.drawn.then(start);
