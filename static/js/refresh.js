// Fetches the part of the page marked [data-live] again and patches it: at most once a second, one request at a time,
// and slower where the server takes its time. A tab that nobody sees waits until somebody does.
import { patch } from "./patch.js";
import { tell } from "./tabs.js";

const PAUSE_MS = 1000;
const PATIENCE = 4; // times as long as the last answer took
const SPREAD_MS = 250; // a change is told to everybody in the same moment

let isWanted = false;
let isBusy = false;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Whether the answer is the log-in page, or the word that it is wanted.
export function isOut(response) {
  const out = response.status === 204 || (response.redirected && response.url.includes("/account/"));
  if (out) tell({ kind: "state", state: "out" });
  return out;
}

export async function refresh() {
  isWanted = true;
  if (isBusy || document.hidden) return;
  isBusy = true;
  await sleep(Math.random() * SPREAD_MS);
  while (isWanted && !document.hidden) {
    isWanted = false;
    const began = performance.now();
    await fetchParts().catch(() => {}); // that the connection is lost is told elsewhere
    await sleep(Math.max(PAUSE_MS, PATIENCE * (performance.now() - began)));
  }
  isBusy = false;
}

async function fetchParts() {
  const part = document.querySelector("[data-live]");
  if (!part) return;
  const place = location.href;
  const response = await fetch(part.dataset.live || place, { headers: { "HX-Request": "true" }, cache: "no-store" });
  if (isOut(response)) return;
  if (response.status === 404) return tellThatItIsGone(part);
  if (!response.ok) return;
  const page = document.createElement("template"); // which, unlike a document, keeps the white space that it begins with
  page.innerHTML = await response.text();
  // Other filters may have been chosen meanwhile.
  if (place !== location.href || !part.isConnected || document.querySelector(".htmx-request")) isWanted = true;
  else show(part, page.content);
}

function show(part, page) {
  for (const other of page.querySelectorAll("[hx-swap-oob]")) other.remove();
  const fresh = page.getElementById(part.id) ?? wrapped(part, page);
  const held = document.activeElement;
  const row = held?.closest("[data-incident]");
  const index = [...document.querySelectorAll("[data-incident]")].indexOf(row);
  patch(part, fresh);
  window.htmx?.process(part);
  if (held?.isConnected && held !== document.activeElement) held.focus({ preventScroll: true });
  else if (row && !row.isConnected) focusBeside(index);
  document.dispatchEvent(new CustomEvent("refreshed"));
}

// An answer that is the inside of the part alone.
function wrapped(part, page) {
  const fresh = part.cloneNode(false);
  fresh.append(page);
  return fresh;
}

// The row in hand has gone: the one that took its place is next.
function focusBeside(index) {
  const rows = document.querySelectorAll("[data-incident]");
  rows[Math.min(index, rows.length - 1)]?.querySelector(".incident-title")?.focus({ preventScroll: true });
}

function tellThatItIsGone(part) {
  if (document.getElementById("gone")) return;
  const notice = document.createElement("p");
  notice.id = "gone";
  notice.className = "notice notice-warning";
  notice.setAttribute("role", "alert");
  notice.textContent = "This is no longer there: somebody deleted it.";
  part.before(notice);
}

document.addEventListener("visibilitychange", () => isWanted && refresh());
