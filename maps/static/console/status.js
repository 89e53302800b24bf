/* status.js: the line under the masthead: normal or emergency, which moment is shown, and of when the data are. */

import { about, clock, day, local, moment, node, say, span } from "./say.js";
import { button } from "./parts.js";
import { viewOf } from "./view.js";

const line = node("div", "status-line");
let ahead = 0; // how far the service's clock is ahead of this machine's
let attention = null;

/* The present of the page: the service's, or the moment that is shown. */
export function present() {
  const shown = about();
  if (shown.is_picked || shown.is_fixed) return shown.at;
  return new Date(Date.now() + ahead).toISOString();
}

export function startStatus() {
  line.id = "status";
  document.getElementById("masthead").after(line);
  ahead = Date.parse(about().at) - Date.now();
  if (Math.abs(ahead) < 120000) ahead = 0; // a page that is a minute old, not a clock that is wrong
  draw();
}

/* What attention says of the mode; null where nobody answered. */
export function tellStatus(answer) {
  if (answer) {
    const gap = Date.parse(answer.at) - Date.now();
    if (Math.abs(gap) > 60000 || Math.abs(ahead) > 60000) ahead = gap;
  }
  attention = answer || attention;
  draw();
}

export function draw() {
  const mode = attention ? attention.mode : about().mode;
  const isEmergency = mode === "emergency";
  const form = line.querySelector("form");
  if (form && !form.hidden) return tick(isEmergency); // whoever fills it in is not disturbed
  document.body.classList.toggle("emergency", isEmergency);
  document.body.classList.toggle("not-now", about().is_picked);
  const show = () => line.replaceChildren(modePart(isEmergency), timePart(), dataPart());
  if (yixian.map) yixian.refit(show); // a county that is whole in view stays so when the line grows
  else show();
  nameWindow(isEmergency);
}

function tick(isEmergency) {
  document.body.classList.toggle("emergency", isEmergency);
  const shown = line.querySelector(".clock-time");
  if (shown) shown.textContent = clock(present());
}

/* The tab says it, too. */
function nameWindow(isEmergency) {
  const plain = yixian.page.title + " · " + yixian.page.county;
  document.title = (isEmergency ? "▲ " + say("mode.emergency") + " · " : "") + plain;
}

function modePart(isEmergency) {
  const name = node("b", "mode-name", say(isEmergency ? "mode.emergency" : "mode.normal"));
  const sign = node("span", "mode-sign", isEmergency ? "▲" : "●");
  sign.setAttribute("aria-hidden", "true");
  const part = node("div", "mode " + (isEmergency ? "is-emergency" : "is-normal"), sign, name);
  part.setAttribute("role", isEmergency ? "alert" : "status");
  const first = attention && attention.orders[0];
  if (isEmergency && first) {
    const others = attention.orders.length > 1 ? " +" + (attention.orders.length - 1) : "";
    part.append(node("span", "mode-order", say("order", { order: first.order_id }) + others), node("span", "mode-limit", limit(first)));
  }
  return part;
}

/* How an order stands to its two hours. */
export function limit(order) {
  const left = Date.parse(order.limit_at) - Date.parse(present());
  return say(left >= 0 ? "left" : "over", { time: span(left) });
}

function timePart() {
  const shown = about();
  const now = present();
  const what = shown.is_picked ? "not_now" : shown.is_fixed ? "fixed" : "now";
  const time = node("time", "", node("span", "clock-day", day(now)), node("b", "clock-time", clock(now)));
  time.dateTime = now;
  const part = node("div", "shown-time", named(what), time);
  if (!shown.doors.console) return part;
  const open = button("pick", say("pick"));
  open.setAttribute("aria-expanded", "false");
  const form = picker(open);
  open.addEventListener("click", () => toggle(form, open));
  if (shown.is_picked) {
    const back = node("a", "back-to-now", say("back_to_now"));
    back.href = shown.doors.console;
    back.addEventListener("click", () => (back.hash = viewOf()));
    part.append(back);
  }
  part.append(open, form);
  return part;
}

function named(what) {
  const made = node("span", "time-what " + what, say(what));
  if (what === "fixed") made.title = say("fixed_note");
  return made;
}

function toggle(form, open) {
  form.hidden = !form.hidden;
  open.setAttribute("aria-expanded", String(!form.hidden));
  if (!form.hidden) form.querySelector("input").focus();
  else draw();
}

function picker(open) {
  const input = node("input", "");
  Object.assign(input, { type: "datetime-local", id: "pick-time", value: local(present()), required: true });
  const label = node("label", "", say("pick_label"));
  label.htmlFor = input.id;
  const wrong = node("p", "wrong");
  wrong.setAttribute("role", "alert");
  const go = node("button", "go", say("show"));
  const form = node("form", "time-picker", label, node("div", "", input, go), wrong);
  form.hidden = true;
  form.noValidate = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(input.value);
    wrong.textContent = isTime ? "" : say("not_a_time");
    if (!isTime) return;
    const address = new URL(about().doors.console, location.href);
    address.searchParams.set("at", input.value.slice(0, 16));
    address.hash = viewOf();
    location.assign(address.href);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    toggle(form, open);
    line.querySelector(".pick").focus();
  });
  return form;
}

function dataPart() {
  const date = attention && attention.data && attention.data.date ? attention.data.date : about().data_date;
  return node("div", "data-date", node("span", "", say("time.data_date")), node("b", "", moment(date)));
}
