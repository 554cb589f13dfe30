// The tab's title counts the open P1s: "(2) Incidents". One tab asks, all are told.
import { on, tell } from "./tabs.js";

const KEY = "open-p1";
const OLD_MS = 10 * 60 * 1000;
const PAUSE_MS = 1000;

const plain = document.title;
let isWaiting = false;

function show(count) {
  document.title = count ? `(${count}) ${plain}` : plain;
}

on("count", ({ count }) => show(count));

// What another page has found: not to flicker while this one asks.
export function showStored() {
  try {
    const { count, at } = JSON.parse(localStorage.getItem(KEY));
    if (Date.now() - at < OLD_MS) show(count);
  } catch {
    // none yet
  }
}

async function ask(url) {
  const response = await fetch(url, { headers: { "HX-Request": "true" }, cache: "no-store" });
  if (response.status !== 200) return; // 204 to whoever is logged out
  const count = (await response.json()).open_p1;
  localStorage.setItem(KEY, JSON.stringify({ count, at: Date.now() }));
  tell({ kind: "count", count });
}

export function recount(url) {
  if (isWaiting) return;
  isWaiting = true;
  setTimeout(() => {
    isWaiting = false;
    ask(url).catch(() => {});
  }, PAUSE_MS / 4);
}

export function concerns({ event, incident }) {
  const changed = event.data?.changes?.severity;
  return incident.severity === "P1" || changed?.from === "P1" || changed?.to === "P1";
}
