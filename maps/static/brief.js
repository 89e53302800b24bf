/* brief.js: what changed, and the table of the weekly bulletin. */
"use strict";
(function () {
  const node = yixian.node;

  /* Villages one after another, by what became of them. */
  yixian.sections.since = function (about, map) {
    const box = node("section", "since", node("h2", "", about.title));
    if (!about.groups.length) box.append(node("p", about.good ? "empty good" : "empty", about.empty));
    for (const group of about.groups) {
      const badge = yixian.dress(node("span", "badge", group.title), group.style);
      const names = group.items.map((item) => node("li", "", goTo(item, item.name, map), node("span", "note", item.side)));
      box.append(node("h3", "", badge, yixian.count(group.count)), node("ul", "names", ...names));
    }
    return box;
  };

  function goTo(item, text, map) {
    const button = node("button", "", text);
    button.type = "button";
    button.addEventListener("click", () => yixian.goTo(map, item.layer, item.id));
    return button;
  }

  yixian.sections.table = function (about, map) {
    const box = node("section", "table", node("h2", "", about.title, yixian.count(about.count)));
    if (!about.rows.length) {
      box.append(node("p", about.good ? "empty good" : "empty", about.empty));
      return box;
    }
    box.append(node("p", "note", about.note), table(about, map));
    return box;
  };

  function table(about, map) {
    const head = node("tr", "", ...about.columns.map((title) => node("th", "", title)));
    for (const cell of head.children) cell.scope = "col";
    const rows = about.rows.map((row) => node("tr", "", ...row.cells.map((cell, place) => made(row, cell, place, map))));
    return node("div", "table-box", node("table", "", node("thead", "", head), node("tbody", "", ...rows)));
  }

  /* The name flies there, the state has its colours. */
  function made(row, cell, place, map) {
    if (place === row.badge) return node("td", "", yixian.dress(node("span", "badge", cell), row.style));
    if (place) return node("td", "", cell);
    return node("td", "", goTo(row, cell, map));
  }
})();
