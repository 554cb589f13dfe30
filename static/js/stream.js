// The one stream of this browser: opened by the tab that leads, told to all, opened again whenever it ends.
import { Refused, listen } from "./sse.js";
import { tell } from "./tabs.js";

const PLACE = "stream";
const RESUMED_MS = 5 * 60 * 1000; // after a longer pause what is new is read from the pages, not event by event
const LASTED_MS = 5000;
const FIRST_WAIT_MS = 1000;
const OUT_WAIT_MS = 10000;
const LONGEST_WAIT_MS = 30000;

// A page is drawn a moment before its script is told anything: the next one goes a few seconds back.
const OVERLAP_MS = 5000;

function stored() {
  try {
    return JSON.parse(localStorage.getItem(PLACE)) ?? { places: [], at: 0 };
  } catch {
    return { places: [], at: 0 };
  }
}

function placeToResume() {
  const { places, at } = stored();
  const now = Date.now();
  if (now - at > RESUMED_MS) return null;
  return (places.findLast((place) => place.at < now - OVERLAP_MS) ?? places[0])?.id ?? null;
}

function store(id) {
  const at = Date.now();
  const { places } = stored();
  if (places.at(-1)?.id !== id) places.push({ id, at });
  while (places.length > 1 && places[1].at < at - OVERLAP_MS) places.shift();
  try {
    localStorage.setItem(PLACE, JSON.stringify({ places, at }));
  } catch {
    // no storage: the next tab that leads begins anew
  }
}

function forget() {
  try {
    localStorage.removeItem(PLACE);
  } catch {
    // nothing was kept
  }
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const over = new AbortController();
    const end = () => {
      clearTimeout(waiting);
      over.abort();
      resolve();
    };
    const waiting = setTimeout(end, ms);
    addEventListener("online", end, { signal: over.signal });
    signal.addEventListener("abort", end, { signal: over.signal });
  });
}

// Half of it is chance, so that a server that comes back is not met by everybody at once.
const wait = (failures) => Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures) * (0.5 + Math.random() / 2);

export async function follow(url, signal) {
  let failures = 0;
  let id = placeToResume();
  let isNew = !id;
  while (!signal.aborted) {
    const began = Date.now();
    let least = 0;
    let state = "lost";
    try {
      await listen(url, {
        after: id,
        signal,
        onOpen: (place) => {
          store((id = place ?? id));
          tell({ kind: "state", state: "live" });
          if (isNew) tell({ kind: "reload" });
          isNew = false;
        },
        onHeard: () => store(id),
        onEvent: (place, type, data) => {
          store((id = place));
          tell({ kind: "event", id: place, type, data });
        },
      });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused) {
        // Whatever the reason, the place is worth nothing any more: pages read anew, and so does the next attempt.
        forget();
        id = null;
        isNew = true;
        least = error.waitMs;
        if (error.status === 401) {
          state = "out"; // pages go to the log-in; or somebody logs in by another tab
          least = OUT_WAIT_MS;
        } else {
          tell({ kind: "reload" });
        }
      }
    }
    if (signal.aborted) return;
    failures = Date.now() - began > LASTED_MS ? 0 : failures + 1;
    tell({ kind: "state", state });
    await pause(Math.max(least, wait(failures)), signal);
  }
}
