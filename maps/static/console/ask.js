/* ask.js: questions to the page's own service. One that is asked again, or given up, leaves the one before unheard. */

import { about } from "./say.js";

const PATIENCE_MS = 15000;

export class Refusal extends Error {
  constructor(status, problem) {
    super("status " + status);
    this.status = status;
    this.problem = problem;
  }
}

/* Whether there is a service to ask: a saved file has none. */
export function isServed(door) {
  return Boolean(about().doors[door]) && location.protocol !== "file:";
}

/* The latest question through one door; an answer that came too late throws AbortError. */
export function asker(door) {
  let running = null;
  return async function ask(asked) {
    if (running) running.abort();
    const mine = (running = new AbortController());
    const timer = setTimeout(() => mine.abort(new Error("no answer in time")), PATIENCE_MS);
    try {
      return await fetched(door, asked, mine.signal);
    } finally {
      clearTimeout(timer);
      if (running === mine) running = null;
    }
  };
}

async function fetched(door, asked, signal) {
  const address = new URL(about().doors[door], location.href);
  for (const [name, value] of Object.entries(asked)) if (value !== null) address.searchParams.set(name, value);
  if (about().is_picked && door !== "search") address.searchParams.set("at", about().at);
  if (door !== "search") address.searchParams.set("lang", about().lang); // reasons come in the page's language
  const answer = await fetch(address, { signal, headers: { accept: "application/json" } });
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refusal(answer.status, body || {});
  if (!isAnswer(door, body)) throw new Error("not an answer");
  return body;
}

/* What an answer of each door must have for the console to show it. */
const LISTS = {
  attention: ["orders", "incidents", "hazards", "villages", "closures"],
  places: ["zones", "sites"],
  search: ["hits"],
};

function isAnswer(door, body) {
  if (body === null || typeof body !== "object" || !LISTS[door].every((list) => Array.isArray(body[list]))) return false;
  return door === "attention" ? Boolean(body.counts && body.counts.villages) : door !== "places" || Array.isArray((body.nearest || {}).teams);
}

/* Whether a question was only overtaken by the next one. */
export function isOvertaken(error) {
  return error instanceof DOMException && error.name === "AbortError";
}
