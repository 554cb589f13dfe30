// Go anywhere and do anything by its name: pages, what the open incident offers, incidents by number or words.
const dialog = document.getElementById("palette");
const field = dialog.querySelector("input");
const list = dialog.querySelector("[role=listbox]");
const told = dialog.querySelector("[role=status]");
const TYPED_MS = 120;

let commands = [];
let waiting;
let asking = null;
let isChosen = false; // before what was asked for has come

function named(element) {
  return (element.title || element.textContent).trim().replace(/\s+/g, " ");
}

function present() {
  const incident = document.getElementById("incident");
  const buttons = incident ? incident.querySelectorAll(".status-form [name=status], .take-form .button") : [];
  const found = [...buttons].map((button) => ({ label: named(button), hint: "this incident", run: () => button.click() }));
  for (const link of document.querySelectorAll(".masthead-new, .masthead .nav-link[href]")) {
    found.push({ label: named(link), hint: "page", run: () => link.click() });
  }
  found.push({ label: "Keyboard shortcuts", hint: "help", run: () => document.getElementById("shortcuts").showModal() });
  return found;
}

function option(command, index) {
  const item = document.createElement("li");
  item.id = `command-${index}`;
  item.className = "option";
  item.setAttribute("role", "option");
  const label = document.createElement("span");
  label.className = "option-name";
  label.textContent = command.label;
  const hint = document.createElement("span");
  hint.className = "muted small";
  hint.textContent = command.hint;
  item.append(label, hint);
  item.run = command.run;
  return item;
}

function activate(item) {
  for (const other of list.children) other.setAttribute("aria-selected", String(other === item));
  if (item) field.setAttribute("aria-activedescendant", item.id);
  else field.removeAttribute("aria-activedescendant");
  item?.scrollIntoView({ block: "nearest" });
}

const active = () => list.querySelector("[aria-selected=true]");

function choose(item) {
  if (!item) return;
  dialog.close();
  if (item.dataset.href) location.assign(item.dataset.href);
  else item.run();
}

function showCommands() {
  const words = field.value.toLowerCase().split(/\s+/);
  const fits = commands.filter(({ label, hint }) => words.every((word) => `${label} ${hint}`.toLowerCase().includes(word)));
  list.replaceChildren(...fits.map(option));
  activate(list.firstElementChild);
}

async function find() {
  const text = field.value.trim();
  asking?.abort();
  const control = (asking = new AbortController());
  const query = new URLSearchParams({ q: text });
  const response = await fetch(`${dialog.dataset.find}?${query}`, { signal: control.signal, headers: { "HX-Request": "true" } });
  const page = new DOMParser().parseFromString(response.ok ? await response.text() : "", "text/html");
  list.append(...page.querySelectorAll("[role=option]"));
}

async function look() {
  try {
    await find();
  } catch (error) {
    if (error.name === "AbortError") return;
  }
  asking = null;
  if (!active()) activate(list.firstElementChild);
  const count = list.children.length;
  told.textContent = count === 0 ? "Nothing found." : count === 1 ? "1 result" : `${count} results`;
  if (isChosen) choose(active());
}

function typed() {
  clearTimeout(waiting);
  asking?.abort();
  asking = waiting = null;
  isChosen = false;
  showCommands();
  told.textContent = "";
  if (field.value.trim()) waiting = setTimeout(() => ((waiting = null), look()), TYPED_MS);
}

function step(by) {
  const items = [...list.children];
  const at = items.indexOf(active());
  activate(items[(at + by + items.length) % items.length]);
}

function press(event) {
  const keys = { ArrowDown: () => step(1), ArrowUp: () => step(-1), Enter: enter };
  if (!keys[event.key] || event.isComposing) return;
  event.preventDefault();
  keys[event.key]();
}

function enter() {
  if (active()) choose(active());
  else isChosen = Boolean(waiting || asking);
}

export function open() {
  commands = present();
  field.value = "";
  typed();
  dialog.showModal();
}

field.addEventListener("input", typed);
field.addEventListener("keydown", press);
list.addEventListener("click", (event) => choose(event.target.closest("[role=option]")));
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
