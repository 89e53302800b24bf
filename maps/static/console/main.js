/* main.js: the console: the line of status, what needs attention, the search, and the card of a place.
 *
 * Everything is asked of the page's own service, again when the live channel says so and each minute while the page
 * shows the present.
 */

import { refresh, startAttention, tally } from "./attention.js";
import { closePlace, isOpen, openPlace, refreshPlace } from "./place.js";
import { startSearch } from "./search.js";
import { draw, startStatus } from "./status.js";
import { flyTo, flyToBounds, reveal, startView } from "./view.js";
import { about } from "./say.js";

const PATIENCE_MS = 260; // a second click within this time zooms, and does not ask
const MINUTE_MS = 60000;

/* To something that needs attention: into view, with the card of its place. `thing` names it on the map. */
function visit(there, pressed) {
  if (there.thing) reveal(there.thing.block);
  if (typeof there.lon !== "number") return there.bounds && flyToBounds(there.bounds);
  flyTo(there.lon, there.lat);
  return openPlace(there, { pressed });
}

const BLOCKS = { hazard_sites: ["layer-gravest-sites", "layer-hazard-sites"], incidents: ["layer-incidents"] };

/* The layer that draws what was found: the first that has it, or has not been made yet. */
function blockOf(hit) {
  const layers = (BLOCKS[hit.layer] || []).map((block) => [block, yixian.layers[block]]);
  const [found] = layers.find(([, layer]) => layer && (layer.byId.has(hit.id) || (layer.build && !layer.shown))) || [];
  return found;
}

/* To what was found. */
function visitHit(hit, pressed) {
  const block = blockOf(hit);
  if (hit.bounds) flyToBounds(hit.bounds);
  if (hit.layer === "towns") return undefined;
  const isArea = hit.layer === "villages" || hit.layer === "grids";
  if (block) reveal(block);
  if (!hit.bounds) flyTo(hit.lon, hit.lat);
  return openPlace({ ...hit, code: isArea ? hit.id : undefined, thing: block && { block, id: hit.id } }, { pressed });
}

/* A click asks, upon a symbol for what it stands for, too; a second one zooms. */
function listen(map) {
  let asking = null;
  map.on("click", (event) => {
    clearTimeout(asking);
    asking = setTimeout(() => openPlace({ lon: event.latlng.lng, lat: event.latlng.lat }), PATIENCE_MS);
  });
  map.on("dblclick", () => clearTimeout(asking));
  map.on("contextmenu", (event) => openPlace({ lon: event.latlng.lng, lat: event.latlng.lat })); // a long press
  for (const [block, layer] of Object.entries(yixian.layers)) {
    const open = ({ layer: symbol }) => symbol instanceof L.Marker && openThing(block, symbol);
    layer.on("click", open);
    layer.on("keypress", (event) => event.originalEvent.key === "Enter" && open(event));
  }
}

function openThing(block, symbol) {
  const { lng, lat } = symbol.getLatLng();
  openPlace({ lon: lng, lat, thing: { block, id: symbol.about.id } }, { pressed: symbol.getElement() });
}

function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen() && !event.defaultPrevented) closePlace();
  });
  document.addEventListener("console:list", closePlace);
  document.addEventListener("console:closed", tally);
}

function tick() {
  draw();
  if (!about().is_picked && !about().is_fixed) {
    refresh();
    refreshPlace();
  }
  setTimeout(tick, MINUTE_MS - (Date.now() % MINUTE_MS) + 50);
}

function start(map) {
  const place = startView();
  startAttention(visit);
  startSearch(visitHit);
  listen(map);
  listenToKeys();
  document.addEventListener("yixian:changed", () => {
    refresh();
    refreshPlace();
  });
  yixian.renewals.push(() => {
    draw();
    tally();
  });
  setTimeout(tick, MINUTE_MS - (Date.now() % MINUTE_MS) + 50);
  if (place) openPlace({ lon: place[0], lat: place[1] });
  document.documentElement.dataset.console = "ready";
}

startStatus();
yixian.drawn.then(start);
