// One key each, for whoever does not reach for the mouse. They rest while somebody types, and in dialogs.
import { change } from "./acts.js";
import { open as openPalette } from "./palette.js";

const SECOND_MS = 1500; // between "g" and what follows it
const TYPING = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])";
const ROWS = "[data-incident] .incident-title";

let first = "";
let forgetting;

function move(step) {
  const rows = [...document.querySelectorAll(ROWS)];
  const row = document.activeElement?.closest("[data-incident]");
  const at = rows.findIndex((link) => row?.contains(link));
  const next = rows[at < 0 ? 0 : at + step];
  if (!next) return;
  next.focus({ preventScroll: true, focusVisible: true });
  next.closest("[data-incident]").scrollIntoView({ block: "nearest" });
}

function search() {
  const field = document.getElementById("q");
  if (field) field.select();
  else location.assign("/incidents#q");
}

const KEYS = {
  "?": () => document.getElementById("shortcuts").showModal(),
  "/": search,
  c: () => document.querySelector(".masthead-new")?.click(),
  j: () => move(1),
  k: () => move(-1),
  a: () => change("ACK"),
  r: () => change("RESOLVED"),
  "g i": () => location.assign("/incidents"),
  "g d": () => location.assign("/"),
};

function isElsewhere(event) {
  return event.defaultPrevented || event.isComposing || event.altKey || document.querySelector("dialog[open]");
}

function withControl(event) {
  if (event.key === "k") {
    event.preventDefault();
    openPalette();
  } else if (event.key === "Enter" && event.target.matches("textarea")) {
    event.target.form?.requestSubmit();
  }
}

function press(event) {
  const keys = first ? `${first} ${event.key}` : event.key;
  clearTimeout(forgetting);
  first = event.key === "g" && !first ? "g" : "";
  if (first) forgetting = setTimeout(() => (first = ""), SECOND_MS);
  if (!KEYS[keys] || (event.repeat && !"jk".includes(keys))) return;
  event.preventDefault();
  KEYS[keys]();
}

document.addEventListener("keydown", (event) => {
  if (isElsewhere(event)) return;
  if (event.ctrlKey || event.metaKey) return withControl(event);
  if (!event.target.closest(TYPING)) press(event);
  else if (event.key === "Escape" && event.target.id === "q") event.target.blur();
});

if (location.hash === "#q") search();
for (const opener of document.querySelectorAll("[data-opens=shortcuts]")) opener.hidden = false;
