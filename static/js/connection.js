// Shows whether the page is live, and fetches its news by the clock while it is not.
import { on } from "./tabs.js";
import { holdsWork } from "./patch.js";

const CALM_MS = 2000; // a shorter loss is nobody's concern
const HEALED_MS = 4000;
const POLL_MS = 20000;

const place = document.getElementById("connection");
const words = place?.querySelector("[role=status]");
let state = "new";
let later;
let polling;

function show(shown, text) {
  place.dataset.state = shown;
  words.textContent = text;
}

function change(next) {
  if (next === state) return;
  const wasShownLost = place.dataset.state === "lost";
  state = next;
  clearTimeout(later);
  if (next === "out") {
    askToLogIn();
  } else if (next !== "live") {
    later = setTimeout(() => show("lost", "Connection lost, trying again"), CALM_MS);
  } else if (wasShownLost) {
    show("live", "Live again");
    later = setTimeout(() => show("live", ""), HEALED_MS);
  } else {
    show("live", "");
  }
}

// Whoever was logged out goes to log in; not over a text that would be lost.
function askToLogIn() {
  if (!holdsWork(document.getElementById("main"))) return location.replace(location.pathname + location.search);
  show("lost", "You are logged out. ");
  const link = document.createElement("a");
  link.href = location.pathname;
  link.target = "_blank";
  link.textContent = "Log in in a new tab";
  words.append(link);
}

function pollLater(poll) {
  polling = setTimeout(() => {
    if (state !== "live" && state !== "out") poll();
    pollLater(poll);
  }, POLL_MS * (0.75 + Math.random() / 2));
}

export const current = () => state;

export function watch(poll) {
  on("state", (message) => change(message.state));
  clearTimeout(polling);
  pollLater(poll);
  // Without a secure connection a browser has no locks, and tabs cannot share a stream.
  if (!navigator.locks) {
    place.querySelector(".connection-live").textContent = "Not live: asks every 20 s";
    show("live", "");
  }
}
