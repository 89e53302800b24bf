/* look.js: light, dark, or as the system has it: applied before anything is drawn, and remembered in this browser.
 *
 * Style sheets know it by `data-look` of the root. What is drawn on a canvas asks yixian.colour and listens to the
 * event `yixian:look`.
 */
"use strict";
var yixian = {};

(function () {
  const KEY = "yixian.look";
  const NEXT = { light: ["system", "dark", "light"], dark: ["system", "light", "dark"] }; // the first press is seen
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const colours = new Map();
  let chosen = recalled();

  const systemLook = () => (system.matches ? "dark" : "light");

  /* A browser may refuse to remember, or remember what is none. */
  function recalled() {
    try {
      const kept = localStorage.getItem(KEY);
      return kept === "light" || kept === "dark" ? kept : "system";
    } catch {
      return "system";
    }
  }

  function remember() {
    try {
      localStorage.setItem(KEY, chosen);
    } catch {
      // it holds for this page alone
    }
  }

  function apply() {
    root.dataset.look = chosen === "system" ? systemLook() : chosen;
    yixian.newLook();
  }

  /* Colours are other ones from now on. */
  yixian.newLook = function () {
    colours.clear();
    document.dispatchEvent(new CustomEvent("yixian:look"));
  };

  /* A colour as a canvas takes it: the value of `var(--name)`, and any other as it is. */
  yixian.colour = function (named) {
    if (typeof named !== "string" || !named.startsWith("var(")) return named;
    if (!colours.has(named)) colours.set(named, getComputedStyle(root).getPropertyValue(named.slice(4, -1)).trim());
    return colours.get(named);
  };

  /* The switch of the masthead. */
  yixian.lookSwitch = function () {
    const button = yixian.node("button", "look");
    button.type = "button";
    const say = () => {
      button.title = yixian.word("look." + chosen);
      button.setAttribute("aria-label", button.title);
      button.replaceChildren(yixian.symbol("sym-look-" + chosen));
    };
    button.addEventListener("click", () => {
      const order = NEXT[systemLook()];
      chosen = order[(order.indexOf(chosen) + 1) % order.length];
      remember();
      apply();
      say();
    });
    say();
    return button;
  };

  system.addEventListener("change", apply);
  window.addEventListener("storage", (event) => {
    if (event.key !== KEY) return; // another page of ours was told so
    chosen = recalled();
    apply();
  });
  apply();
})();
