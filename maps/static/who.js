/* who.js: who is signed in, a way to sign out, and the sign of life that keeps the session of a page in use.
 *
 * Pages are the same for everybody who may see them, so who looks at one is asked for beside it.
 */

const EVERY_MS = 5 * 60 * 1000; // a session lasts an hour without a sign of life
const about = () => yixian.page.who;
const say = (key, facts = {}) => about().words[key].replace(/\{(\w+)\}/g, (whole, name) => facts[name]);
const line = yixian.node("p", "who");
let isKnown = false;
let isUsed = true;
let csrf = "";
let end = null;

async function ask() {
  isUsed = false;
  try {
    const answer = await fetch(about().href, { headers: { accept: "application/json" }, cache: "no-store" });
    if (answer.ok) show(await answer.json());
  } catch {
    // whether the service answers is told elsewhere
  }
}

function show(standing) {
  const wasKnown = isKnown;
  isKnown = standing.name !== null;
  clearTimeout(end);
  if (isKnown) {
    csrf = standing.csrf;
    end = setTimeout(ask, (standing.left_s + 1) * 1000); // by then it has ended, unless another page was used
  }
  line.className = wasKnown && !isKnown ? "who ended" : "who";
  if (isKnown) line.replaceChildren(yixian.node("span", "", say("signed_in", { name: standing.name, role: say(standing.role) })), leave());
  else if (wasKnown) line.replaceChildren(yixian.node("span", "", say("ended")), enter(say("again")));
  else if (standing.has_accounts) line.replaceChildren(enter(say("sign_in")));
  else return line.remove();
  line.setAttribute("role", "status");
  document.getElementById("masthead").append(line);
  return undefined;
}

function enter(text) {
  const link = yixian.node("a", "", text);
  link.href = about().sign_in + "?" + new URLSearchParams({ next: location.pathname + location.search, lang: document.documentElement.lang.slice(0, 2) });
  return link;
}

function leave() {
  const button = yixian.node("button", "", say("sign_out"));
  button.type = "button";
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const answer = await fetch(about().sign_out, { method: "POST", headers: { "x-csrf-token": csrf } });
      if (!answer.ok) throw new Error("status " + answer.status);
      location.assign(enter("").href);
    } catch {
      button.disabled = false;
      ask();
    }
  });
  return button;
}

for (const sign of ["pointerdown", "keydown"]) {
  document.addEventListener(sign, () => (isUsed = true), { capture: true, passive: true });
}
setInterval(() => isKnown && isUsed && ask(), EVERY_MS);
ask();
