/* update.js: an open page takes over what its next state says.
 *
 * Only what tells something else is made anew: parts of the masthead and the panel, and the layers whose block has
 * another address. The view, what is switched off, an open popup, what is typed, unfolded or focused, and how far the
 * panel is scrolled stay as they are.
 */

const TYPED = "input, select, textarea";
const hidden = new Map(); // layers that show nothing at present, and whether they were switched on

/* `next` is what the page's own address answers with f=json. An error when it is not that, or a block does not come. */
yixian.update = async function (next) {
  if (!isState(next)) throw new Error("not the state of a page");
  const known = yixian.addresses;
  const moved = Object.entries(next.blocks).filter(([block, address]) => known[block] !== address);
  const bring = async ([block, address]) => [block, comesLater(block, next) ? null : await yixian.fetchBlock(address)];
  const data = await Promise.all(moved.map(bring));
  await yixian.drawn;
  const title = next.page.live.title;
  if (title !== yixian.page.live.title) document.title = title;
  for (const key of Object.keys(yixian.page)) delete yixian.page[key];
  Object.assign(yixian.page, next.page);
  yixian.addresses = next.blocks;
  for (const [block, payload] of data) renewLayer(block, payload);
  for (const block of Object.keys(known)) if (!(block in next.blocks)) hideLayer(block);
  renewPage();
};

function isState(next) {
  const isObject = (one) => typeof one === "object" && one !== null;
  return isObject(next) && isObject(next.blocks) && isObject(next.page) && isObject(next.page.live) && Array.isArray(next.page.sections);
}

/* --- layers --- */

/* Whether nobody has wanted a layer yet: then it is made of what its address says when somebody does. */
function comesLater(block, next) {
  const before = yixian.layers[block];
  return next.page.live.layers[block].later && !(before && before.shown);
}

/* `payload` is null where it comes later. */
function renewLayer(block, payload) {
  const about = yixian.page.live.layers[block];
  const before = yixian.layers[block];
  if (before && payload) before.renew(payload);
  if (before && !hidden.has(block)) return;
  const layer = before || yixian.layer(block, payload);
  if (about.title !== null && yixian.layerControl) yixian.layerControl.addOverlay(layer, about.title);
  if (hidden.has(block) ? hidden.get(block) : about.show) yixian.map.addLayer(layer);
  hidden.delete(block);
}

/* A layer without anything to draw: a toggle that shows and hides nothing would say that there is something. */
function hideLayer(block) {
  const layer = yixian.layers[block];
  if (!layer || hidden.has(block)) return;
  hidden.set(block, yixian.map.hasLayer(layer));
  if (yixian.layerControl) yixian.layerControl.removeLayer(layer);
  yixian.map.removeLayer(layer);
}

/* --- the masthead and the panel --- */

function renewPage() {
  const panel = document.getElementById("panel-body");
  renewParts(document.getElementById("masthead"), yixian.mastheadParts(yixian.page));
  keepingPlace(panel, () => renewParts(panel, yixian.panelParts(yixian.page, yixian.map || null)));
  const short = document.querySelector("#panel .handle .short");
  if (short) short.textContent = yixian.shortOf(yixian.page);
  for (const renew of yixian.renewals) renew(yixian.page);
}

/* The parts of a box by their names; of those with one name the first is compared with the first. */
function named(parts, nameOf) {
  const counts = new Map();
  return parts.map((part) => {
    const name = nameOf(part);
    counts.set(name, (counts.get(name) || 0) + 1);
    return [name + " " + counts.get(name), part];
  });
}

function renewParts(box, wanted) {
  const before = new Map(named(box.yixianParts, (part) => part.name));
  let last = null;
  box.yixianParts = named(wanted, ([name]) => name).map(([key, [name, about, make]]) => {
    const old = before.get(key);
    before.delete(key);
    const part = renewPart(old, name, about, make);
    if (!part.node.isConnected) last ? last.after(part.node) : box.prepend(part.node);
    else if (last && last.compareDocumentPosition(part.node) & Node.DOCUMENT_POSITION_PRECEDING) last.after(part.node);
    if (part.node.placed && part.node !== (old && old.node)) part.node.placed();
    last = part.node;
    return part;
  });
  for (const gone of before.values()) gone.node.remove();
}

function renewPart(old, name, about, make) {
  const json = JSON.stringify(about);
  if (old && old.json === json) return old;
  if (old && old.node.renew) {
    old.node.renew(about);
    return { ...old, json };
  }
  const part = yixian.part(name, about, make);
  if (!old) return part;
  const carry = carried(old);
  old.node.replaceWith(part.node);
  carry(part.node);
  return part;
}

/* What a reader did to a part: unfolded, typed, focused. It goes over to the node in its place. */
function carried(old) {
  const unfolded = within(old.node, "details").map((one) => one.open);
  const typed = within(old.node, TYPED).map((field) => [field.id, field.value, field.value !== old.values.get(field)]);
  const focus = focused(old.node);
  return (node) => {
    within(node, "details").forEach((one, number) => (one.open = number in unfolded ? unfolded[number] : one.open));
    within(node, TYPED).forEach((field, number) => {
      const [, value, isTyped] = typed.find(([id]) => id && id === field.id) || typed[number] || [];
      if (!isTyped) return;
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true })); // what it finds is found again
    });
    focus(node);
  };
}

function within(node, wanted) {
  return [node, ...node.querySelectorAll("*")].filter((one) => one.matches(wanted));
}

function focused(before) {
  const active = document.activeElement;
  if (!active || !before.contains(active)) return () => {};
  const number = within(before, active.localName).indexOf(active);
  const [from, to] = active.matches("input[type=search], input:not([type]), textarea") ? [active.selectionStart, active.selectionEnd] : [];
  return (node) => {
    const alike = within(node, active.localName);
    const id = active.dataset.id;
    const twin = (id && alike.find((one) => one.dataset.id === id)) || (id ? null : alike[number]);
    if (!twin) return;
    twin.focus({ preventScroll: true });
    if (from !== undefined && twin.value === active.value) twin.setSelectionRange(from, to);
  };
}

/* What is used or read stays where it is on the screen, whatever grows or goes above it. */
function keepingPlace(box, change) {
  const frame = box.getBoundingClientRect();
  const isSeen = (part) => part.node.getBoundingClientRect().bottom > frame.top + 1 && part.node.getBoundingClientRect().top < frame.bottom;
  const used = box.yixianParts.findIndex((part) => part.node.contains(document.activeElement) && isSeen(part));
  const number = used < 0 ? box.yixianParts.findIndex(isSeen) : used;
  if (box.scrollTop === 0 || number < 0) return change();
  const key = named(box.yixianParts, (part) => part.name)[number][0];
  const offset = box.yixianParts[number].node.getBoundingClientRect().top;
  change();
  const same = new Map(named(box.yixianParts, (part) => part.name)).get(key);
  if (same) box.scrollTop += same.node.getBoundingClientRect().top - offset;
  return undefined;
}
