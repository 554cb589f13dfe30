// What every page has: menus that close, toasts that go, and a word when the server does not answer.

const TOAST_MS = 6000;

export function toast(text, kind = "info", href = null) {
  const box = document.createElement("div");
  box.className = `toast toast-${kind}`;
  const words = document.createElement("p");
  const inner = href ? words.appendChild(document.createElement("a")) : words;
  if (href) inner.href = href;
  inner.textContent = text;
  box.append(words);
  document.getElementById("toasts").append(box);
  setTimeout(() => box.remove(), TOAST_MS);
}

function closeMenus(event) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (event.type === "keydown" || !menu.contains(event.target)) {
      menu.open = false;
      if (event.type === "keydown") menu.querySelector("summary").focus();
    }
  }
}

document.addEventListener("click", closeMenus);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus(event);
});

// A button that opens the <dialog> whose id it names, and one inside that closes it.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog").close();
});

// The server asks for a toast: HX-Trigger: {"toast": {"text": "…", "kind": "success"}}
document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.kind));

document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (status === 403) toast("Your role does not allow this.", "error");
  else if (status === 404) toast("It is no longer there. Reload the page.", "error");
  else toast("The server could not do this. Try again in a moment.", "error");
});
document.addEventListener("htmx:sendError", () => toast("The server cannot be reached.", "error"));

for (const shown of document.querySelectorAll("#toasts .toast:not(.toast-error)")) {
  setTimeout(() => shown.remove(), TOAST_MS);
}
