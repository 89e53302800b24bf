/* view.js: the map as the console uses it: where to look, what to mark, and the ways of the teams.
 *
 * The address keeps the view and the place that is open: reloading, another moment and the other language keep both.
 */

import { about, counted, say } from "./say.js";
import { minutes } from "./legs.js";

const ADDRESS = /^#map=([\d.]+)\/(-?[\d.]+)\/(-?[\d.]+)(?:\/(-?[\d.]+),(-?[\d.]+))?$/;

let open = null; // [lon, lat] of the place whose card is open
let mark = null;
let ways = null;

export function viewOf() {
  const map = yixian.map;
  if (!map) return location.hash;
  if (!open && map.getBounds().contains(yixian.page.bounds)) return "";
  const middle = map.getCenter();
  const parts = [map.getZoom().toFixed(1), middle.lat.toFixed(5), middle.lng.toFixed(5)];
  if (open) parts.push(open.map((degrees) => degrees.toFixed(6)).join(","));
  return "#map=" + parts.join("/");
}

/* The view that the address names; the place that it names, or null. */
export function startView() {
  const map = yixian.map;
  const found = ADDRESS.exec(location.hash);
  if (found) map.setView([Number(found[2]), Number(found[3])], Number(found[1]), { animate: false });
  map.getContainer().classList.add("asks");
  map.on("moveend", keep);
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest(".link-lang");
    if (link) link.hash = viewOf();
  });
  return found && found[4] !== undefined ? [Number(found[4]), Number(found[5])] : null;
}

function keep() {
  const hash = viewOf();
  if (hash !== location.hash) history.replaceState(null, "", hash || location.pathname + location.search);
}

/* The room that the legend and the buttons leave free. */
function room() {
  const legend = yixian.map.getContainer().querySelector(".legend-card");
  const side = legend ? legend.offsetWidth + 40 : 40;
  const maxZoom = 15 + Math.max(0, Math.log2(yixian.map.getSize().x / 1100)); // a wall shows as much ground, larger
  return { paddingTopLeft: [legend ? 70 : 36, 44], paddingBottomRight: [side, 44], maxZoom };
}

export function flyTo(lon, lat, closest = 14) {
  const map = yixian.map;
  if (!map) return;
  const zoom = Math.max(map.getZoom(), Math.min(closest, 13.5));
  if (yixian.prefersStillness()) map.setView([lat, lon], zoom, { animate: false });
  else map.flyTo([lat, lon], zoom, { duration: 0.7 });
}

/* West, south, east, north. */
export function flyToBounds([west, south, east, north]) {
  const corners = [[south, west], [north, east]];
  if (!yixian.map) return;
  if (yixian.prefersStillness()) yixian.map.fitBounds(corners, { ...room(), animate: false });
  else yixian.map.flyToBounds(corners, { ...room(), duration: 0.7 });
}

/* Show a layer that is switched off: a hazard that is spoken of must be seen. */
export function reveal(block) {
  const layer = yixian.layers[block];
  if (layer && !yixian.map.hasLayer(layer)) yixian.map.addLayer(layer);
}

export function markPlace(lon, lat) {
  clearPlace();
  open = [lon, lat];
  const icon = L.divIcon({ className: "mark mark-open", html: yixian.symbol("sym-place", "place"), iconSize: [40, 40] });
  mark = L.marker([lat, lon], { icon, interactive: false, keyboard: false, pane: "marks", zIndexOffset: 2000 }).addTo(yixian.map);
  keep();
}

export function clearPlace() {
  clearWays();
  if (mark) mark.remove();
  mark = open = null;
  keep();
}

export function hasWays() {
  return ways !== null;
}

export function clearWays() {
  for (const layer of ways || []) layer.remove();
  ways = null;
  document.body.classList.remove("has-ways");
}

/* The ways of an answer's first teams, with flags where they set out; `look` is whether to bring them into view. */
export function drawWays(answer, look) {
  clearWays();
  const features = [];
  const lines = {};
  const flags = new Map();
  for (const team of answer.teams.filter((one) => one.rank <= 3)) {
    for (const [part, geometry] of wayOf(team, answer.place)) {
      const id = part + "-" + team.rank;
      features.push({ type: "Feature", properties: { id }, geometry });
      lines[id] = about().ways[id];
    }
    const stand = team.lon + "," + team.lat;
    if (!flags.has(stand)) flags.set(stand, flagAt(team));
    flags.get(stand).properties.marks.push(flagMark(team));
  }
  if (!features.length) return;
  const drawn = yixian.kinds.routes({ data: { type: "FeatureCollection", features }, lines });
  ways = [drawn, yixian.kinds.flags({ data: { type: "FeatureCollection", features: [...flags.values()] } })];
  for (const layer of ways) layer.addTo(yixian.map);
  document.body.classList.add("has-ways");
  if (look) yixian.map.fitBounds(drawn.getBounds(), { ...room(), animate: !yixian.prefersStillness() });
}

function flagAt(team) {
  return { type: "Feature", properties: { id: String(team.rank), marks: [] }, geometry: { type: "Point", coordinates: [team.lon, team.lat] } };
}

function flagMark(team) {
  const told = team.arrival_s === undefined ? say("unit.kilometres", { count: (team.distance_m / 1000).toFixed(1) }) : counted("minutes", minutes(team.arrival_s));
  return { rank: String(team.rank), style: "route-" + team.rank, text: told };
}

/* The drive and the walks to the road and from it; a straight line where no way is told. */
function wayOf(team, place) {
  const [stand, goal] = [[team.lon, team.lat], [place.lon, place.lat]];
  if (!team.path) return [["straight", { type: "LineString", coordinates: [stand, goal] }]];
  const drive = team.path.coordinates;
  const walks = [[stand, drive[0]], [drive[drive.length - 1], goal]];
  return [["walk", { type: "MultiLineString", coordinates: walks }], ["route", team.path]];
}
