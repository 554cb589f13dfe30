// One request of the stream. By fetch, since an EventSource tells no status, and gives up for good on any but 200.
const SILENCE_MS = 40000; // the server says something every 15 s

export class Refused extends Error {
  constructor(response) {
    super(`refused with ${response.status}`);
    this.status = response.status;
    this.waitMs = 1000 * (Number(response.headers.get("Retry-After")) || 0);
  }
}

function fieldsOf(block) {
  const fields = {};
  for (const line of block.split("\n")) {
    const colon = line.indexOf(": ");
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 2);
  }
  return fields;
}

async function read(body, onEvent, isHeard) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    isHeard();
    const blocks = (text + value).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const fields = fieldsOf(block);
      if (fields.data) onEvent(fields.id, fields.event, JSON.parse(fields.data));
    }
  }
}

// Ends when the stream does. Throws Refused, or what the network has to say; also after a silence that is too long.
export async function listen(url, { after, signal, onOpen, onEvent, onHeard }) {
  const control = new AbortController();
  const stop = () => control.abort();
  let silence = setTimeout(stop, SILENCE_MS);
  const isHeard = () => {
    clearTimeout(silence);
    silence = setTimeout(stop, SILENCE_MS);
    onHeard();
  };
  signal.addEventListener("abort", stop);
  try {
    const headers = { Accept: "text/event-stream", ...(after ? { "Last-Event-ID": after } : {}) };
    const response = await fetch(url, { headers, signal: control.signal, cache: "no-store" });
    if (!response.ok) throw new Refused(response);
    onOpen(response.headers.get("Last-Event-ID"));
    await read(response.body, onEvent, isHeard);
  } finally {
    clearTimeout(silence);
    signal.removeEventListener("abort", stop);
    stop();
  }
}
