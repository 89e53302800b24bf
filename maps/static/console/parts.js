/* parts.js: what several of the console's lists are made of. */

import { node, say } from "./say.js";

export function button(look, ...children) {
  const made = node("button", look, ...children);
  made.type = "button";
  return made;
}

export function badge(style, text) {
  return yixian.dress(node("span", "badge", text), style);
}

/* While an answer is awaited. */
export function waiting(text) {
  const made = node("p", "empty loading", text);
  made.setAttribute("role", "status");
  return made;
}

/* Where an answer did not come: what, and trying again. */
export function failed(title, body, again) {
  const retry = button("again", say("retry"));
  retry.addEventListener("click", again);
  const made = node("div", "empty failed", node("p", "", node("b", "", title)), body ? node("p", "", body) : null, retry);
  made.setAttribute("role", "alert");
  return made;
}

/* A patch of a pattern, as large as the letters beside it. */
export function patch(style, width, height) {
  const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  return yixian.swatch(style, Math.round(width * unit), Math.round(height * unit));
}

/* What a folded panel says. */
export function tellShort(text) {
  const short = document.querySelector("#panel .handle .short");
  if (short) short.textContent = text;
}

/* One line of a list: a symbol or badge, a name with a note, and a figure at the side. */
export function entry({ mark, name, note, side, look }, press) {
  const text = node("span", "what", node("b", "", name), note ? node("span", "note", note) : null);
  const made = button("entry" + (look ? " " + look : ""), mark, text, side ? node("span", "side", side) : null);
  made.addEventListener("click", () => press(made));
  return made;
}

/* A bar of parts [style, share, label] that add up, in colours and patterns. */
export function bar(parts) {
  return yixian.bar(parts.map(([style, share, label]) => ({ style, share, label })));
}
