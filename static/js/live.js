// Keeps an open page true: what the stream tells, one tab hears for all of this browser.
import { isOwn } from "./acted.js";
import * as alarm from "./alarm.js";
import * as connection from "./connection.js";
import * as count from "./count.js";
import { lead } from "./leader.js";
import { tellOf } from "./news.js";
import { refresh } from "./refresh.js";
import { follow } from "./stream.js";
import { ask, on } from "./tabs.js";

const REMEMBERED = 200;
const MARGIN_MS = 10000; // a change may be committed a while after the moment that it carries

const place = document.getElementById("connection");
const drawnAt = Date.parse(place.dataset.now);
const recent = new Map();

const createdAt = (change) => Date.parse(change.event.created_at);

const isAbout = (part, incident) => part.dataset.live.split("?")[0].endsWith(incident.id);

function isShown(part, { event, incident }) {
  if (part.id === "incident" && !isAbout(part, incident)) return true; // it shows another one
  if (event.type === "DELETED") return false;
  const shown = part.id === "incident" ? [part] : [...part.querySelectorAll(`[data-incident="${incident.id}"]`)];
  return shown.length > 0 && shown.every((node) => Number(node.dataset.version) >= incident.version);
}

function isNews({ incident }) {
  const part = document.querySelector("[data-live]");
  return part !== null && (part.id !== "incident" || isAbout(part, incident));
}

function hear({ id, data }) {
  if (recent.has(id)) return;
  recent.set(id, data);
  if (recent.size > REMEMBERED) recent.delete(recent.keys().next().value);
  if (leader.isLeader() && !isOwn(data.event)) alarm.ring(data);
  if (createdAt(data) < drawnAt - MARGIN_MS) return;
  const part = document.querySelector("[data-live]");
  if (part && !isShown(part, data)) refresh();
  if (isOwn(data.event) || createdAt(data) < drawnAt) return;
  if (isNews(data)) tellOf(data);
}

function recount() {
  count.recount(place.dataset.urgent);
}

async function work(signal) {
  recount();
  await follow(place.dataset.stream, signal);
}

on("event", hear);
on("event", ({ data }) => leader.isLeader() && count.concerns(data) && recount());
on("reload", refresh);
on("recent", ({ heard }) => heard.forEach(hear));
on("hello", () => {
  if (!leader.isLeader()) return;
  ask({ kind: "state", state: connection.current() });
  ask({ kind: "recent", heard: [...recent].map(([id, data]) => ({ id, data })) });
});

connection.watch(() => {
  refresh();
  if (leader.isLeader() || !navigator.locks) recount();
});
count.showStored();
alarm.showChoices();
const leader = navigator.locks ? lead(work, alarm.isOn) : { isLeader: () => false };
ask({ kind: "hello" });
if (!navigator.locks) recount();
