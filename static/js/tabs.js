// What the tabs of one browser tell each other. Every message has a `kind`.
const channel = new BroadcastChannel("console");
const listeners = new Map();

export function on(kind, listener) {
  if (!listeners.has(kind)) listeners.set(kind, []);
  listeners.get(kind).push(listener);
}

function deliver(message) {
  for (const listener of listeners.get(message.kind) ?? []) listener(message);
}

channel.addEventListener("message", (event) => deliver(event.data));

// To the other tabs.
export function ask(message) {
  channel.postMessage(message);
}

// To all tabs, this one included.
export function tell(message) {
  channel.postMessage(message);
  deliver(message);
}
