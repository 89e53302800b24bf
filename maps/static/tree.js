/* tree.js: the list of layers as a tree: what is asked, hazards, ground. A branch's name switches all of it. */
"use strict";
(function () {
  const addItem = L.Control.Layers.prototype._addItem;

  L.Control.Layers.include({
    _addItem: function (about) {
      const label = addItem.call(this, about);
      branch(this, groupOf(about.layer)).append(label);
      sync(this);
      return label;
    },
  });

  function groupOf(layer) {
    const block = Object.keys(yixian.layers).find((name) => yixian.layers[name] === layer);
    return yixian.page.tree.of[block] || Object.keys(yixian.page.tree.titles)[0];
  }

  /* The branch of a group in the control's list, in the groups' order. */
  function branch(control, group) {
    const groups = Object.keys(yixian.page.tree.titles);
    const made = [...control._overlaysList.children];
    const found = made.find((one) => one.dataset.group === group);
    if (found) return found;
    const title = yixian.node("button", "branch-title", yixian.page.tree.titles[group]);
    title.type = "button";
    title.addEventListener("click", () => turn(control, group));
    const box = yixian.node("div", "branch", title);
    box.dataset.group = group;
    const after = made.find((one) => groups.indexOf(one.dataset.group) > groups.indexOf(group));
    control._overlaysList.insertBefore(box, after || null);
    if (!control.yixianFollows) {
      control.yixianFollows = true;
      control._map.on("overlayadd overlayremove", () => sync(control));
    }
    return box;
  }

  function inputsOf(control, group) {
    return [...control._overlaysList.querySelectorAll('[data-group="' + group + '"] input')];
  }

  /* All of a branch on; off where all are on. Leaflet may make its list anew at each click. */
  function turn(control, group) {
    const on = inputsOf(control, group).some((input) => !input.checked);
    for (let at = 0; at < inputsOf(control, group).length; at += 1) {
      const input = inputsOf(control, group)[at];
      if (input.checked !== on) input.click();
    }
  }

  function sync(control) {
    for (const box of control._overlaysList.children) {
      const inputs = [...box.querySelectorAll("input")];
      const on = inputs.filter((input) => input.checked).length;
      const state = on === 0 ? "false" : on === inputs.length ? "true" : "mixed";
      box.querySelector(".branch-title").setAttribute("aria-pressed", state);
    }
  }
})();
