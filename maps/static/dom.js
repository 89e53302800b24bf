/* dom.js: making nodes.
 *
 * Every value of the data reaches the page through textContent or a number; nothing here takes markup.
 */
"use strict";
(function () {
  const SVG = "http://www.w3.org/2000/svg";

  yixian.page = yixian.read("page-data");

  /* What is called when a live page has taken over what the next one says; scripts add theirs. */
  yixian.renewals = [];

  yixian.word = function (key) {
    const word = yixian.page.words[key];
    if (word === undefined) throw new Error("no word " + key);
    return word;
  };

  /* <tag class="look"> with children: nodes, or text. */
  yixian.node = function (tag, look, ...children) {
    const node = document.createElement(tag);
    if (look) node.className = look;
    for (const child of children) {
      if (child === null || child === undefined || child === "") continue;
      node.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
    return node;
  };

  yixian.svg = function (tag, attributes, ...children) {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined) node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  };

  yixian.style = function (key) {
    const style = yixian.page.styles[key];
    if (style === undefined) throw new Error("no style " + key);
    return style;
  };

  /* Give a node the colours of a style, for style sheets and symbols to use. */
  yixian.dress = function (node, key) {
    const style = yixian.style(key);
    node.dataset.style = key;
    node.style.setProperty("--fill", style.fill);
    node.style.setProperty("--mark", style.ink);
    node.style.setProperty("--stroke", style.stroke);
    return node;
  };

  /* One of our symbols, with a short text (a numeral) upon it. */
  yixian.symbol = function (symbol, styleKey, text) {
    const svg = yixian.svg("svg", { class: "symbol " + symbol, viewBox: "0 0 32 32", "aria-hidden": "true" });
    svg.append(yixian.svg("use", { href: "#" + symbol }));
    if (text) {
      const mark = yixian.svg("text", { x: 16, y: 25, "text-anchor": "middle" });
      mark.textContent = text;
      svg.append(mark);
    }
    return styleKey ? yixian.dress(svg, styleKey) : svg;
  };

  /* A patch of an area's pattern, colour and border. */
  yixian.swatch = function (styleKey, width, height) {
    const style = yixian.style(styleKey);
    const box = { x: 1, y: 1, width: width - 2, height: height - 2, rx: 2 };
    const svg = yixian.svg("svg", { class: "swatch", width: width, height: height, "aria-hidden": "true" });
    svg.append(
      yixian.svg("rect", {
        ...box,
        fill: style.pattern ? "url(#" + style.pattern + ")" : style.fill,
        stroke: style.stroke,
        "stroke-width": Math.max(1, style.weight || 1),
        "stroke-dasharray": style.dash,
      })
    );
    return svg;
  };

  yixian.isNarrow = function () {
    return window.matchMedia("(max-width: 760px)").matches;
  };

  yixian.prefersStillness = function () {
    return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  };
})();
