// Says in a toast what changed and by whom. Many changes at once are counted, not listed.
import { toast } from "./console.js";

const GATHER_MS = 400;
const MOST = 3;

let waiting = [];

const FIELDS = { title: "the title of", description: "the description of", severity: "the severity of", metadata: "the metadata of" };

const SENTENCES = {
  CREATED: () => "opened",
  STATUS_CHANGED: (event) => (event.data.to === "ACK" ? "acknowledged" : "resolved"),
  COMMENTED: () => "commented on",
  ASSIGNED: (event) => {
    if (!event.data.to) return "gave up";
    return event.data.to === event.actor?.id ? "took" : "assigned";
  },
  UPDATED: (event) => {
    const names = Object.keys(event.data.changes ?? {});
    return names.length === 1 && FIELDS[names[0]] ? `changed ${FIELDS[names[0]]}` : "changed";
  },
  DELETED: () => "deleted",
};

function sentence({ event, incident }) {
  const isMine = event.actor?.id === document.body.dataset.viewer;
  const who = isMine ? "You" : (event.actor?.name ?? "Somebody");
  const what = SENTENCES[event.type]?.(event) ?? "changed";
  return `${isolated(who)} ${what} #${incident.number} ${isolated(incident.title)}`;
}

// Text of a person's may turn the reading direction; not that of the words around it.
const isolated = (text) => `\u2068${text}\u2069`;

function show() {
  const gathered = waiting;
  waiting = [];
  if (gathered.length > MOST) {
    const incidents = new Set(gathered.map(({ incident }) => incident.id)).size;
    const of = incidents === 1 ? `#${gathered[0].incident.number}` : `${incidents} incidents`;
    toast(`${gathered.length} changes of ${of}`);
    return;
  }
  for (const change of gathered) {
    const isGone = change.event.type === "DELETED";
    toast(sentence(change), "info", isGone ? null : `/incidents/${change.incident.id}`);
  }
}

export function tellOf(change) {
  if (document.hidden) return;
  if (!waiting.length) setTimeout(show, GATHER_MS);
  waiting.push(change);
}
