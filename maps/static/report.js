/* report.js: what only the report of an import shows: tallies, the table of faults, remarks, and where columns went. */
"use strict";
(function () {
  const node = yixian.node;

  /* Text in the program's own words, which are English on every page. */
  function english(tag, look, text) {
    const made = node(tag, look, text);
    made.lang = "en";
    return made;
  }

  yixian.sections.tallies = function (about) {
    const list = node("dl", "tallies");
    for (const [label, value] of about.items) list.append(node("div", "", node("dt", "", label), node("dd", "", value)));
    return node("section", "", node("h2", "", about.title), list);
  };

  /* Faults in groups of one column and one problem; a line whose row is on the map is a button that flies there. */
  yixian.sections.faults = function (about, map) {
    const box = node("section", "faults", node("h2", "", about.title, yixian.count(about.count)));
    if (about.note) box.append(node("p", "note", about.note));
    if (!about.groups.length) box.append(node("p", "empty good", about.empty));
    for (const group of about.groups) box.append(faultGroup(group, about.head, map));
    return box;
  };

  function faultGroup(group, head, map) {
    const code = group.name && group.name !== group.title ? node("code", "", group.name) : null;
    const title = node("h3", "", yixian.dress(node("span", "badge", group.title), "row-refused"), code, yixian.count(group.count));
    const box = node("div", "fault-group", title);
    if (group.problem) box.append(english("p", "problem", group.problem));
    if (group.advice) box.append(english("p", "advice", group.advice));
    const titles = node("p", "fault fault-head", ...head.map((word) => node("span", "", word)));
    titles.setAttribute("aria-hidden", "true"); // each line says its row itself
    const lines = node("ul", "fault-lines");
    for (const item of group.items) lines.append(node("li", "", faultLine(item, map)));
    box.append(titles, lines);
    if (group.more) box.append(node("p", "note more", group.more));
    return box;
  }

  function faultLine(item, map) {
    const value = node("span", "", node("span", "value", item.value));
    if (item.problem) value.append(english("span", "problem", item.problem));
    if (item.advice) value.append(english("span", "advice", item.advice));
    const line = node(item.id ? "button" : "div", "fault", node("b", "", item.row), node("span", "key-text", item.key), value);
    if (!item.id) return line;
    line.type = "button";
    line.dataset.id = item.id;
    line.addEventListener("click", () => yixian.goTo(map, "layer-rows", item.id));
    return line;
  }

  /* Cells that both the file and the county changed: as exported, as it is, as the file has it. */
  yixian.sections.conflicts = function (about) {
    const head = node("tr", "", ...about.head.map((word) => Object.assign(node("th", "", word), { scope: "col" })));
    const rows = about.rows.map((row) => node("tr", "", ...row.map((cell) => node("td", "", cell))));
    const table = node("table", "columns", node("thead", "", head), node("tbody", "", ...rows));
    const title = node("h2", "", about.title, yixian.count(about.count));
    return node("section", "conflicts", title, node("p", "note", about.note), node("div", "sideways", table));
  };

  yixian.sections.remarks = function (about) {
    const list = node("ul", "remarks");
    for (const item of about.items) {
      const badge = yixian.dress(node("span", "badge", item.label), item.style);
      list.append(node("li", "", node("p", "", badge, node("b", "", item.subject)), english("p", "text", item.text)));
    }
    const box = node("section", "", node("h2", "", about.title, yixian.count(about.count)));
    box.append(about.note ? node("p", "note", about.note) : "", list);
    return box;
  };

  yixian.sections.columns = function (about) {
    const table = node("table", "columns");
    const titles = about.head.map((word) => {
      const cell = node("th", "", word);
      cell.scope = "col";
      return cell;
    });
    table.append(node("thead", "", node("tr", "", ...titles)));
    const body = node("tbody", "");
    for (const row of about.rows) {
      const target = node("td", "", row.title ? node("span", "", row.title) : null, node("code", "", row.target));
      body.append(node("tr", "", node("td", "", row.source), target, english("td", "", row.how), node("td", "sample", row.sample)));
    }
    table.append(body);
    const box = node("section", "", node("h2", "", about.title, yixian.count(about.count)));
    if (about.rows.length) box.append(node("div", "sideways", table));
    if (about.unused) box.append(node("p", "note", node("b", "", about.unused[0]), " ", about.unused[1]));
    return box;
  };
})();
