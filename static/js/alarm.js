// A sound and a desktop notification for a new P1, for whoever has switched them on in this browser.
import { toast } from "./console.js";

const KEY = "alarm";
const RUNG = "rung";
const MOST_RUNG = 20;
const NEW_MS = 5 * 60 * 1000;
const NOTES = [[880, 0], [660, 0.18], [880, 0.36]];
const NOTE_SECONDS = 0.16;

function stored(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

const chosen = () => stored(KEY, {});

// The page that heard of it first may be left in the same moment, and the next one hears of it again.
function isFirst(event) {
  const rung = stored(RUNG, []);
  if (rung.includes(event.id)) return false;
  localStorage.setItem(RUNG, JSON.stringify([event.id, ...rung].slice(0, MOST_RUNG)));
  return true;
}

export function isOn() {
  const { sound, notification } = chosen();
  return Boolean(sound || notification);
}

function sound() {
  const context = new AudioContext();
  for (const [frequency, after] of NOTES) {
    const tone = new OscillatorNode(context, { frequency, type: "triangle" });
    const volume = new GainNode(context, { gain: 0 });
    const start = context.currentTime + after;
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.3, start + 0.02);
    volume.gain.linearRampToValueAtTime(0, start + NOTE_SECONDS);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + NOTE_SECONDS);
  }
  setTimeout(() => context.close(), 2000);
}

function notify({ event, incident }) {
  const note = new Notification(`P1 #${incident.number} ${incident.title}`, { body: event.actor?.name ?? "", tag: incident.id });
  note.onclick = () => {
    focus();
    location.assign(`/incidents/${incident.id}`);
  };
}

// A P1 that is new: opened as one, or made one.
function isNewP1({ event, incident }) {
  const becomes = event.type === "CREATED" || event.data?.changes?.severity?.to === "P1";
  return becomes && incident.severity === "P1" && incident.status === "OPEN" && Date.now() - Date.parse(event.created_at) < NEW_MS;
}

export function ring(change) {
  if (!isOn() || !isNewP1(change) || !isFirst(change.event)) return;
  const wanted = chosen();
  if (wanted.sound) sound();
  if (wanted.notification && Notification.permission === "granted") notify(change);
}

async function choose(box) {
  if (box.name === "notification" && box.checked && (await Notification.requestPermission()) !== "granted") {
    box.checked = false;
    toast("This browser does not allow notifications from here. Allow them in its settings first.", "warning");
  }
  localStorage.setItem(KEY, JSON.stringify({ ...chosen(), [box.name]: box.checked }));
  if (box.name === "sound" && box.checked) sound();
}

export function showChoices() {
  const menu = document.querySelector("[data-alarms]");
  if (!menu) return;
  const wanted = chosen();
  for (const box of menu.querySelectorAll("input")) {
    box.checked = Boolean(wanted[box.name]);
    box.addEventListener("change", () => choose(box));
    box.closest("label").hidden = box.name === "notification" && !("Notification" in window);
  }
  menu.hidden = false;
}
