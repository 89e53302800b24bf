/* still.js: the page as a sheet, for the printer and for a picture of it (an address that ends in #still).
 *
 * The first sheet is the whole of what one looks at: the heading, what matters, the map, the legend. On paper the rest
 * of the panel follows. Nothing is copied: the nodes move, and go back where they were.
 */
"use strict";
(function () {
  const root = document.documentElement;
  const LEAD = "#masthead, .facts, .panel-body > :is(.notice, .summary, .arrivals, .lead, .colophon)";
  let goBack = null;

  /* `look` is "paper" or "picture"; the map keeps what is in view. */
  yixian.still = function (look) {
    if (goBack) return;
    const map = yixian.map;
    const view = map && map.getBounds();
    const isWhole = map && view.contains(yixian.page.bounds);
    const fit = () => (isWhole ? yixian.goHome({ animate: false }) : map.fitBounds(view, { animate: false }));
    const show = () => {
      if (root.dataset.look === "dark") yixian.newLook(); // a sheet is light
      if (!map) return;
      map.invalidateSize({ animate: false });
      fit();
      map.eachLayer((layer) => layer instanceof L.Canvas && drawNow(layer));
    };
    const closed = [...document.querySelectorAll("details:not([open])")];
    for (const one of closed) one.open = true;
    const moved = map ? firstSheet(look === "picture" ? LEAD + ", .panel-body > .list" : LEAD) : () => {};
    root.classList.add("still", look);
    show();
    if (map) map.on("resize", fit);
    goBack = () => {
      if (map) map.off("resize", fit);
      root.classList.remove("still", look);
      moved();
      for (const one of closed) one.open = false;
      show();
      goBack = null;
    };
  };

  /* The printer waits for no next frame. */
  function drawNow(canvas) {
    canvas._update(); // empties it
    L.Util.cancelAnimFrame(canvas._redrawRequest);
    canvas._redrawRequest = canvas._redrawBounds = null;
    canvas._draw();
  }

  /* Gathers the first sheet; the function that it gives puts all nodes back. */
  function firstSheet(wanted) {
    const homes = [];
    const take = (node) => {
      const home = document.createComment("");
      node.before(home);
      homes.push([home, node]);
      return node;
    };
    const lead = yixian.node("div", "still-lead", ...[...document.querySelectorAll(wanted)].map(take));
    const legend = yixian.node("div", "still-legend", ...[...document.querySelectorAll("details.legend")].map(take));
    const sheet = yixian.node("div", "still-first", lead, take(document.getElementById("map-frame")), legend);
    document.body.prepend(sheet);
    return () => {
      for (const [home, node] of homes) home.replaceWith(node);
      sheet.remove();
    };
  }

  window.addEventListener("beforeprint", () => yixian.still("paper"));
  window.addEventListener("afterprint", () => goBack && goBack());
  window.addEventListener("load", () => {
    if (location.hash === "#still") yixian.still("picture");
  });
})();
