// What can be done to an incident from anywhere: by the address that its own form is sent to.
import { mark } from "./acted.js";
import { toast } from "./console.js";
import { isOut, refresh } from "./refresh.js";

const DONE = { ACK: "Acknowledged", RESOLVED: "Resolved" };

async function refusal(response) {
  if (response.status === 403) return "Your role does not allow this.";
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return page.getElementById("error-status")?.textContent ?? "The server could not do this. Try again in a moment.";
}

async function send(address, status, name) {
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  const response = await fetch(`${address}/status`, { method: "POST", headers, body: new URLSearchParams({ status }) });
  if (isOut(response)) return;
  if (response.ok) toast(`${DONE[status]} ${name}`, "success");
  else toast(`${name}: ${await refusal(response)}`, "error");
  refresh();
}

// Nothing leaves this state, and a key is soon pressed.
function ask(name) {
  const dialog = document.getElementById("confirm");
  dialog.querySelector("[data-name]").textContent = name;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

// What keys act on: the row in hand, or the incident of the page.
function target() {
  const row = document.activeElement?.closest("[data-incident]");
  if (row) {
    const link = row.querySelector(".incident-title");
    const name = `${row.querySelector(".incident-number").textContent} ${link.textContent.trim()}`;
    return { name, act: (status) => send(link.pathname, status, name) };
  }
  const page = document.getElementById("incident");
  if (!page) return null;
  const button = (status) => page.querySelector(`.status-form [name=status][value=${status}]`);
  return { name: document.querySelector("#incident h1")?.textContent ?? "this incident", act: (status) => button(status).click(), button };
}

export async function change(status) {
  const found = target();
  if (!found || !document.querySelector(".masthead-new")) return;
  if (found.button && !found.button(status)) return toast(`It cannot be ${DONE[status].toLowerCase()} any more.`);
  if (status === "RESOLVED" && !(await ask(found.name))) return;
  try {
    await found.act(status);
  } catch {
    toast("The server cannot be reached.", "error");
  }
}
