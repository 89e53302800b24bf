/* boot.js: the page's data, from its own inert script blocks or from the service, and when the map is drawn from it.
 *
 * A page in one file holds every block. A served page holds "page-data" and, as "page-blocks", the addresses of the
 * rest: they are asked for at once and in parallel, and the map is drawn when all are there but those of layers that are
 * switched off, which come when they are wanted. Every other script reads with yixian.read(name), at once, and finds
 * what it asks for. yixian.drawn is a promise of the map, for modules.
 */
"use strict";

(function () {
  const PATIENCE_MS = 700; // what comes sooner needs no word about it
  const inline = (name) => document.getElementById(name);
  const blocks = new Map();
  let tellDrawn = null;

  yixian.drawn = new Promise((resolve) => (tellDrawn = resolve));

  /* Whether the data of a block are on the page. */
  yixian.isHere = function (name) {
    return blocks.has(name) || inline(name) !== null;
  };

  /* The data of a block that is here. */
  yixian.read = function (name) {
    return blocks.has(name) ? blocks.get(name) : JSON.parse(inline(name).textContent);
  };

  /* Where the service has the blocks, by their names; none in a file. */
  yixian.addresses = inline("page-blocks") ? yixian.read("page-blocks") : {};

  /* A block from the service, JSON that its address stands for. */
  yixian.fetchBlock = async function (address) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(address + ": status " + answer.status);
    return answer.json();
  };

  /* Draw the map with Folium's script, once its data are there; the masthead needs none. */
  yixian.draw = function (folium) {
    yixian.buildMasthead(document.getElementById("masthead"), yixian.page);
    const begin = () => {
      folium();
      tellDrawn(yixian.map);
    };
    if (!arriving) return begin();
    const timer = setTimeout(() => say("boot.loading"), PATIENCE_MS);
    arriving.finally(() => clearTimeout(timer)).then(
      () => {
        if (said) said.remove();
        begin();
      },
      () => say("boot.failed").append(retry())
    );
  };

  async function arrive() {
    blocks.set("page-data", yixian.read("page-data"));
    const { layers } = blocks.get("page-data").live;
    const wanted = Object.entries(yixian.addresses).filter(([name]) => !layers[name].later);
    await Promise.all(wanted.map(async ([name, address]) => blocks.set(name, await yixian.fetchBlock(address))));
  }

  let said = null;
  function say(key) {
    if (said) said.remove();
    said = yixian.node("div", "boot " + key.slice(5), yixian.node("p", "", yixian.word(key)));
    said.setAttribute("role", key === "boot.failed" ? "alert" : "status");
    document.getElementById("map-frame").append(said);
    return said;
  }

  function retry() {
    const button = yixian.node("button", "again", yixian.word("boot.retry"));
    button.type = "button";
    button.addEventListener("click", () => location.reload());
    return button;
  }

  const arriving = inline("page-blocks") ? arrive() : null;
  if (arriving) arriving.catch(() => {}); // told when the map would be drawn
})();
