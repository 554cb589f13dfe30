// What is typed into a form with `data-draft` survives a reload, a crash and a lost connection: it stays in this browser,
// together with the form's one-time key, until the server has told by a cookie that the form with this key has arrived.
const PREFIX = "draft:";
const KEEP_MS = 14 * 24 * 3600 * 1000;
const WAIT_MS = 300;

function stored(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

function arrived() {
  const found = document.cookie.match(/(?:^|; )sent=([^;]*)/);
  return found ? decodeURIComponent(found[1]) : null;
}

function tidy() {
  const key = arrived();
  for (const name of Object.keys(localStorage)) {
    if (!name.startsWith(PREFIX)) continue;
    const draft = stored(name);
    if (!draft || draft.key === key || Date.now() - draft.at > KEEP_MS) localStorage.removeItem(name);
  }
}

const kept = (form) => [...form.elements].filter((field) => field.name && field.matches("textarea, select, [type=radio], .input"));
const key = (form) => form.elements.idempotency_key;

function save(form) {
  const name = PREFIX + form.dataset.draft;
  const values = {};
  for (const field of kept(form)) if (field.type !== "radio" || field.checked) values[field.name] = field.value;
  if (kept(form).some((field) => field.matches("textarea, input.input") && field.value.trim())) {
    localStorage.setItem(name, JSON.stringify({ key: key(form).value, at: Date.now(), values }));
  } else {
    localStorage.removeItem(name);
  }
}

function restore(form) {
  const typed = kept(form).some((field) => field.matches("textarea, input.input") && field.defaultValue.trim());
  if (typed) return save(form); // the server has kept it, with a key that counts
  const draft = stored(PREFIX + form.dataset.draft);
  if (!draft) return;
  key(form).value = draft.key;
  for (const field of kept(form)) {
    if (field.type === "radio") field.checked = draft.values[field.name] === field.value;
    else if (draft.values[field.name]) field.value = draft.values[field.name];
  }
}

function watch(form) {
  let waiting;
  const now = () => {
    clearTimeout(waiting);
    save(form);
  };
  restore(form);
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => save(form), WAIT_MS);
  });
  form.addEventListener("submit", now);
  addEventListener("pagehide", () => waiting && arrived() !== key(form).value && now());
}

try {
  tidy();
  for (const form of document.querySelectorAll("form[data-draft]")) watch(form);
} catch {
  // no storage in this browser: the forms work without
}
