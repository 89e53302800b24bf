/* panel.js: the masthead and the panel, built from the description in the page's data. */
"use strict";
(function () {
  const node = yixian.node;

  /* The masthead and the panel are parts, [name, what it tells, what makes its node of that], so that a live page makes
   * only those anew that tell something else. */
  yixian.mastheadParts = function (page) {
    const parts = [
      ["title", [page.county, page.title], ([county, title]) => node("div", "title", node("h1", "", county), node("p", "subject", title))],
      ["headline", page.headline, (text) => node("p", "headline", text)],
    ];
    const links = page.links.length ? [["links", page.links, navigation]] : [];
    return [...parts, ...links, ["look", null, yixian.lookSwitch]];
  };

  yixian.panelParts = function (page, map) {
    const notices = [page.notice, ...(page.warnings || [])].filter(Boolean);
    return [
      ["facts", page.facts, facts],
      ...notices.map((about) => ["notice", about, notice]),
      ...page.sections.map((about) => [about.type, about, (section) => yixian.sections[section.type](section, map)]),
    ];
  };

  /* What a folded panel says on a phone. */
  yixian.shortOf = function (page) {
    const summary = page.sections.find((section) => section.type === "summary");
    return summary ? summary.short : page.notice ? page.notice.title : page.title;
  };

  yixian.buildMasthead = function (masthead, page) {
    build(masthead, yixian.mastheadParts(page));
  };

  yixian.buildPanel = function (panel, page, map) {
    const body = node("div", "panel-body");
    body.id = "panel-body";
    panel.append(handle(panel, body, yixian.shortOf(page)), body);
    build(body, yixian.panelParts(page, map));
  };

  /* A part with its node, and what stood in its fields before anybody typed. */
  yixian.part = function (name, about, make) {
    const made = make(about);
    const fields = [...made.querySelectorAll("input, select, textarea")];
    return { name, json: JSON.stringify(about), node: made, values: new Map(fields.map((field) => [field, field.value])) };
  };

  function build(box, parts) {
    box.yixianParts = parts.map(([name, about, make]) => yixian.part(name, about, make));
    for (const part of box.yixianParts) box.append(part.node);
    for (const part of box.yixianParts) if (part.node.placed) part.node.placed();
  }

  function navigation(links) {
    const nav = node("nav", "links");
    nav.setAttribute("aria-label", yixian.word("nav.label"));
    for (const link of links) {
      const anchor = node("a", "link link-" + link.key, link.label);
      anchor.href = link.href;
      if (link.current) anchor.setAttribute("aria-current", "page");
      if (link.key === "file") anchor.download = "";
      nav.append(anchor);
    }
    return nav;
  }

  /* Where there is room the legend stands on the map, and the county moves aside for it. */
  function placeLegend(home, legend, map) {
    const roomy = window.matchMedia("(min-width: 1200px) and (min-height: 640px)");
    const control = L.control({ position: "bottomright" });
    control.onAdd = () => {
      const box = node("div", "legend-card", legend);
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      return box;
    };
    control.onRemove = () => home.append(legend);
    const place = () => {
      if (document.documentElement.classList.contains("still")) return; // paper is no screen
      if (roomy.matches) control.addTo(map);
      else control.remove();
      fitLegend(map);
      yixian.goHome({ animate: false });
    };
    roomy.addEventListener("change", place);
    map.on("resize", () => fitLegend(map));
    place();
  }

  /* The legend takes what the list of layers leaves free above it. */
  function fitLegend(map) {
    const box = map.getContainer().querySelector(".legend-card");
    const above = map.getContainer().querySelector(".leaflet-control-layers");
    if (!box) return;
    const free = map.getContainer().clientHeight - (above ? above.offsetHeight : 0) - 36;
    box.style.maxHeight = Math.max(free, 240) + "px";
  }

  /* On a phone the panel is a sheet under the map; its handle folds it away. */
  function handle(panel, body, short) {
    const action = node("span", "action");
    const button = node("button", "handle", node("span", "short", short), action);
    button.type = "button";
    button.setAttribute("aria-controls", body.id);
    const say = () => {
      const folded = panel.classList.contains("folded");
      action.textContent = yixian.word(folded ? "panel.expand" : "panel.collapse");
      button.setAttribute("aria-expanded", String(!folded));
    };
    button.addEventListener("click", () => {
      yixian.refit(() => panel.classList.toggle("folded"));
      say();
    });
    say();
    return button;
  }

  function facts(rows) {
    const list = node("dl", "facts");
    for (const [label, value] of rows) list.append(node("div", "", node("dt", "", label), node("dd", "", value)));
    return list;
  }

  function notice(about) {
    const box = node("section", about.look ? "notice " + about.look : "notice", node("h2", "", about.title), node("p", "", about.body));
    box.setAttribute("role", "status");
    return box;
  }

  /* By the type that the data name; other scripts add their own. */
  yixian.sections = { summary, list, find, legend, colophon };

  /* The one figure of the page, and a bar of its parts in colours and patterns. */
  function summary(about) {
    const box = node("section", "summary");
    box.append(node("p", "figure", node("b", "", about.figure), node("span", "of", about.of)));
    box.append(node("p", "caption", about.caption));
    if (about.bar.length) box.append(bar(about.bar));
    if (about.rows) {
      const rows = node("div", about.rows.narrow ? "only-narrow" : "", node("h2", "", about.rows.title));
      rows.append(levels(about.rows.items));
      box.append(rows);
    }
    box.append(node("p", "note", about.note));
    return box;
  }

  function bar(parts) {
    const total = parts.reduce((sum, part) => sum + part.share, 0);
    const svg = yixian.svg("svg", { class: "bar", viewBox: "0 0 320 14", preserveAspectRatio: "none" });
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", parts.map((part) => part.label + " " + part.share).join(", "));
    let from = 0;
    for (const part of parts) {
      const width = (part.share / total) * 320;
      const style = yixian.style(part.style);
      svg.append(
        yixian.svg("rect", { x: from, y: 0, width: Math.max(width - 1, 1.5), height: 14, fill: "url(#" + style.pattern + ")" })
      );
      from += width;
    }
    return svg;
  }

  function levels(items) {
    const list = node("ul", "levels");
    for (const item of items) {
      list.append(node("li", "", yixian.swatch(item.style, 26, 16), node("span", "name", item.label), node("b", "", item.value)));
    }
    return list;
  }

  /* Villages, incidents or rows, in groups; each entry is a button that flies there. */
  function list(about, map) {
    const box = node("section", "list", node("h2", "", about.title, count(about.count)));
    if (about.note) box.append(node("p", "note", about.note));
    if (!about.groups.length) box.append(node("p", about.good ? "empty good" : "empty", about.empty));
    for (const group of about.groups) {
      if (group.title) {
        const badge = yixian.dress(node("span", "badge", group.title), group.style);
        box.append(node("h3", "", badge, count(group.count), node("span", "note", group.note)));
      }
      box.append(entries(group.items, map));
      if (group.more) box.append(node("details", "more", node("summary", "", group.more), entries(group.rest, map)));
    }
    return box;
  }

  function entries(items, map) {
    return node("ul", "entries", ...items.map((item) => node("li", "", entry(item, map))));
  }

  yixian.bar = bar;
  yixian.levels = levels;

  yixian.count = count;
  function count(text) {
    return text ? node("span", "count", text) : null;
  }

  function entry(item, map) {
    const text = node("span", "what", node("b", "", item.name), node("span", "note", item.note));
    const badge = item.badge ? yixian.dress(node("span", "badge", item.badge), item.style) : null;
    const button = node(item.id === null ? "div" : "button", "entry", text, node("span", "side", badge, item.side));
    if (item.id === null) return button; // nowhere to fly to
    button.type = "button";
    button.dataset.id = item.id;
    button.addEventListener("click", () => yixian.goTo(map, item.layer, item.id));
    return button;
  }

  /* Any village by its name or code. */
  function find(about, map) {
    const input = node("input", "");
    input.type = "search";
    input.id = "find";
    input.placeholder = yixian.word("find.hint");
    input.autocomplete = "off";
    const label = node("label", "", yixian.word("find.label"));
    label.htmlFor = input.id;
    const said = node("p", "note");
    said.setAttribute("aria-live", "polite");
    const found = node("ul", "entries");
    const show = (hits) => {
      found.replaceChildren(
        ...hits.slice(0, 12).map((one) => {
          return node("li", "", entry({ layer: about.layer, id: one.id, name: one.name, note: one.id, side: one.badge }, map));
        })
      );
      const number = yixian.word("find.found").replace("{count}", String(hits.length));
      said.textContent = !input.value.trim() ? "" : hits.length ? number : yixian.word("find.none");
    };
    input.addEventListener("input", async () => {
      const asked = input.value;
      const wanted = asked.trim().toLowerCase();
      const layer = yixian.layers[about.layer];
      if (layer.build && !layer.shown) await layer.build();
      const hits = !wanted ? [] : layer.search ? await layer.search(wanted).catch(() => []) : hitsIn(layer, wanted);
      if (input.value === asked) show(hits);
    });
    return node("section", "find", label, input, said, found);
  }

  function hitsIn(layer, wanted) {
    const all = [...layer.byId.values()].map((one) => ({ id: one.about.id, name: one.about.card.t, badge: one.about.card.b }));
    return all.filter((one) => one.name.toLowerCase().includes(wanted) || one.id.startsWith(wanted));
  }

  function legend(about, map) {
    const shown = node("div", "", legendOf(about));
    const home = node("div", "", shown);
    home.placed = () => map && placeLegend(home, shown, map);
    home.renew = (next) => {
      const made = legendOf(next);
      made.open = shown.firstChild.open;
      shown.replaceChildren(made);
    };
    return home;
  }

  function legendOf(about) {
    const box = node("details", "legend", node("summary", "", about.title));
    box.open = true;
    for (const group of about.groups) {
      const rows = node("ul", group.compact ? "keys compact" : "keys");
      for (const item of group.items) {
        const label = node("span", "name", item.label, item.note ? node("span", "note", item.note) : null);
        rows.append(node("li", "", key(item), label, item.count === undefined ? null : node("b", "", item.count)));
      }
      box.append(node("h3", "", group.title), rows);
    }
    if (!about.origin.rows.length) return box;
    const origin = node("dl", "origin");
    for (const [label, names] of about.origin.rows) origin.append(node("dt", "", label), node("dd", "", names));
    box.append(node("div", "origin-box", node("h3", "", about.origin.title), origin)); // stays in view, see page.css
    return box;
  }

  /* What stands beside a line of the legend: a symbol, a line, or a patch with its numeral. */
  function key(item) {
    if (item.symbol) return node("span", "key", yixian.symbol(item.symbol, item.style, item.text));
    if (item.line) {
      const svg = yixian.svg("svg", { class: "swatch", width: 30, height: 16, "aria-hidden": "true" });
      for (const [colour, width, dash] of item.line) {
        svg.append(yixian.svg("path", { d: "M1 8H29", stroke: colour, "stroke-width": width, "stroke-dasharray": dash, fill: "none" }));
      }
      return node("span", "key", svg);
    }
    const numeral = item.numeral ? yixian.dress(node("span", "numeral", item.numeral), item.style) : null;
    return node("span", "key", yixian.swatch(item.style, 30, 18), numeral);
  }

  function colophon(about) {
    const box = node("footer", "colophon");
    for (const [label, value] of about.rows) box.append(node("p", "", node("span", "", label), node("span", "", value)));
    if (about.sources && about.sources.items.length) {
      const sources = node("ul", "sources");
      for (const item of about.sources.items) sources.append(node("li", "", item));
      box.append(node("h3", "", about.sources.title), sources);
    }
    box.append(node("p", "note", about.note));
    return box;
  }
})();
