/* search.js: a village, grid, hazard site, team or incident by name, pinyin, initials or code; arrows and Enter choose. */

import { asker, isOvertaken } from "./ask.js";
import { node, number, say } from "./say.js";

const PAUSE_MS = 120;
const MOST = 12;
const ask = asker("search");

/* `go` is told the hit that was chosen. */
export function startSearch(go) {
  const place = document.getElementById("console-search");
  const input = node("input", "");
  Object.assign(input, { type: "search", id: "search", autocomplete: "off", spellcheck: false, placeholder: say("search_hint") });
  const list = node("ul", "hits");
  list.id = "search-hits";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", say("search"));
  const told = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, "aria-label": say("search") + ": " + say("search_hint"), "aria-keyshortcuts": "/" };
  for (const [name, value] of Object.entries(told)) input.setAttribute(name, value);
  const said = node("p", "note said");
  said.setAttribute("aria-live", "polite");
  place.replaceChildren(node("div", "search-box", input, said, list));

  let hits = [];
  let chosen = -1;
  let timer = null;

  const choose = (number_) => {
    chosen = number_;
    [...list.children].forEach((one, place_) => one.setAttribute("aria-selected", String(place_ === chosen)));
    const option = list.children[chosen];
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const close = () => {
    hits = [];
    list.hidden = true;
    list.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    choose(-1);
  };
  const take = (hit) => {
    input.value = "";
    said.textContent = "";
    close();
    go(hit, input);
  };
  const show = (found) => {
    hits = found.hits;
    list.replaceChildren(...hits.map((hit, number_) => option(hit, number_, take)));
    list.hidden = !hits.length;
    input.setAttribute("aria-expanded", String(hits.length > 0));
    choose(hits.length ? 0 : -1);
    said.textContent = hits.length ? say("found", { count: number(found.count) }) : say("none_found", { text: input.value.trim() });
  };
  const find = async () => {
    const q = input.value.trim();
    if (!q) {
      said.textContent = "";
      return close();
    }
    try {
      const found = await ask({ q, limit: MOST });
      if (q === input.value.trim()) show(found);
    } catch (error) {
      if (isOvertaken(error)) return;
      close();
      said.textContent = say("search_failed");
    }
  };

  input.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(find, input.value.trim() ? PAUSE_MS : 0);
  });
  input.addEventListener("compositionend", () => {
    clearTimeout(timer);
    timer = setTimeout(find, PAUSE_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move && hits.length) {
      event.preventDefault();
      choose((chosen + move + hits.length) % hits.length);
    } else if (event.key === "Enter" && hits[chosen]) {
      event.preventDefault();
      take(hits[chosen]);
    } else if (event.key === "Escape" && input.value) {
      event.stopPropagation();
      event.preventDefault();
      input.value = said.textContent = "";
      close();
    }
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches && event.target.matches("input, textarea, select");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    input.focus();
  });
}

function option(hit, number_, take) {
  const text = node("span", "what", node("b", "", hit.name), node("span", "note", [hit.detail, hit.name === hit.id ? null : hit.id].filter(Boolean).join(" · ")));
  const made = node("li", "hit", text, node("span", "side", say("in_" + hit.layer)));
  made.id = "hit-" + number_;
  made.setAttribute("role", "option");
  made.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the field
  made.addEventListener("click", () => take(hit));
  return made;
}
