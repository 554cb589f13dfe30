// Makes a part of the page look like a newer one from the server, and leaves alone what a person has in hand: focus,
// selection, open menus, picked rows, forms that are being filled in. What has a name (an id, an incident) keeps its node.
const KEPT = new Set(["open", "data-picked", "data-shown"]);
const OWN_CLASSES = ["is-active", "is-new"];
const FRESH_MS = 2500;

const isElement = (node) => node.nodeType === Node.ELEMENT_NODE;
const nameOf = (node) => (isElement(node) && (node.dataset.incident || node.id)) || null;
const isTyped = (field) => field.value !== field.defaultValue;

// An edit form that is open, or a text that has been begun.
export function holdsWork(element) {
  if (!isElement(element)) return false;
  const fields = [...element.querySelectorAll("textarea, input[type=text], input[type=search], input:not([type])")];
  return element.matches(".edit-form") || element.querySelector(".edit-form") !== null || fields.some(isTyped);
}

function isLeftAlone(element) {
  return element.matches("[data-keep], form[data-draft]") || (element.id.startsWith("field-") && holdsWork(element));
}

function mark(element) {
  element.classList.add("is-new");
  setTimeout(() => element.classList.remove("is-new"), FRESH_MS);
}

const MARKED = "[data-incident], .event";

function patchAttributes(old, fresh) {
  const own = OWN_CLASSES.filter((name) => old.classList.contains(name));
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !KEPT.has(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !KEPT.has(name)) old.setAttribute(name, value);
  }
  if (own.length) old.classList.add(...own);
}

// The key of a form that is on its way must stay; all other hidden fields follow the server.
function patchField(old, fresh) {
  if (old.type === "hidden" && old.name !== "idempotency_key") old.value = fresh.value;
}

export function patch(old, fresh) {
  if (!isElement(old)) {
    if (old.data !== fresh.data) old.data = fresh.data;
  } else if (!old.isEqualNode(fresh) && !isLeftAlone(old)) {
    if (old.matches("input, textarea, select")) return patchField(old, fresh);
    if (old.matches(MARKED) && old.dataset.version !== fresh.dataset.version) mark(old);
    patchAttributes(old, fresh);
    if (old.hasAttribute("data-grows")) grow(old, fresh);
    else patchChildren(old, fresh);
  }
}

const isLike = (old, fresh) => old.nodeName === fresh.nodeName && nameOf(old) === nameOf(fresh);

function patchChildren(old, fresh) {
  const names = new Set([...fresh.childNodes].map(nameOf).filter(Boolean));
  for (const node of [...old.childNodes]) {
    if (nameOf(node) && !names.has(nameOf(node)) && !holdsWork(node)) node.remove();
  }
  let at = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const match = counterpart(at, next);
    if (!match) {
      add(old, next, at);
      continue;
    }
    if (nameOf(match) && match !== at) old.insertBefore(match, at);
    else removeUntil(at, match);
    at = match.nextSibling;
    patch(match, next);
  }
  removeUntil(at, null);
}

function removeUntil(at, end) {
  while (at !== end) {
    const rest = at;
    at = at.nextSibling;
    if (!holdsWork(rest)) rest.remove();
  }
}

// Among what is left of the old: the one of the same name; or the next of its kind before anything that has a name.
function counterpart(at, next) {
  if (!isElement(next)) return at && isLike(at, next) ? at : null;
  for (let node = at; node && (nameOf(next) || !nameOf(node)); node = node.nextSibling) {
    if (isLike(node, next)) return node;
  }
  return null;
}

function add(parent, next, before) {
  const node = document.importNode(next, true);
  parent.insertBefore(node, before);
  if (!isElement(node)) return;
  for (const part of [node, ...node.querySelectorAll(MARKED)]) if (part.matches(MARKED)) mark(part);
}

// A list that is only ever added to, at its beginning: what was fetched beyond its end stays.
function grow(old, fresh) {
  const first = old.firstElementChild;
  for (const next of [...fresh.children]) {
    if (next.id && document.getElementById(next.id)) return;
    add(old, next, first);
  }
}
