/* about.js: tables, and the works that the pages are made of, with their terms. */
"use strict";
(function () {
  const node = yixian.node;

  yixian.sections.table = function (about) {
    const table = node("table", "");
    if (about.head.length) {
      const names = about.head.map((name) => {
        const cell = node("th", "", name);
        cell.scope = "col";
        return cell;
      });
      table.append(node("thead", "", node("tr", "", ...names)));
    }
    const body = node("tbody", "");
    for (const [first, ...rest] of about.rows) {
      const name = node("th", "", first);
      name.scope = "row";
      body.append(node("tr", "", name, ...rest.map((text) => node("td", "", text))));
    }
    table.append(body);
    const note = about.note ? node("p", "note", about.note) : null;
    return node("section", "table", node("h2", "", about.title), node("div", "wide", table), note);
  };

  yixian.sections.works = function (about) {
    const box = node("section", "works", node("h2", "", about.title), node("p", "note", about.note));
    for (const work of about.items) {
      const files = node("ul", "files");
      for (const [name, size] of work.files) files.append(node("li", "", node("code", "", name), " ", size));
      const head = node("summary", "", node("b", "", work.name), node("span", "badge", work.licence));
      box.append(node("details", "work", head, files, node("pre", "", work.terms)));
    }
    return box;
  };
})();
