// Buttons that copy what `data-copy` holds. They are hidden until this has run.
import { toast } from "./console.js";

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // A page without https has no clipboard of that kind.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("not copied");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await copy(button.dataset.copy);
    toast(button.dataset.copied, "success");
  } catch {
    toast(button.dataset.copy);
  }
  button.focus();
});

export function show(root = document) {
  for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
}
show();
document.addEventListener("htmx:afterSwap", () => show());
