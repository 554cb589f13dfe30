// The list: how many are picked, and an export and a "clear" that follow the filters.

function refresh() {
  const form = document.querySelector("[data-bulk]");
  if (!form) return;
  const boxes = [...form.querySelectorAll("[name=incident]")];
  const picked = boxes.filter((box) => box.checked);
  for (const box of boxes) box.closest("li").toggleAttribute("data-picked", box.checked);
  const all = form.querySelector("[data-pick-all]");
  if (!all) return;
  all.checked = picked.length > 0 && picked.length === boxes.length;
  all.indeterminate = picked.length > 0 && picked.length < boxes.length;
  form.querySelector("[data-picked]").textContent = picked.length ? `${picked.length} selected` : "Select all";
  form.querySelector(".bulk-actions").classList.toggle("is-active", picked.length > 0);
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick-all]")) {
    for (const box of document.querySelectorAll("[name=incident]")) box.checked = event.target.checked;
  }
  if (event.target.closest("[data-bulk]")) refresh();
});

// The search has been sent while it was typed. To send it again when the field is left would swap what was clicked.
document.addEventListener("change", (event) => event.target.matches("[data-search]") && event.stopPropagation(), true);

// What a form does not say is left out of the address.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt.id !== "filters") return;
  for (const [name, value] of [...event.detail.formData.entries()]) if (!value) event.detail.formData.delete(name);
  // #42 and Enter: the server knows where that is.
  const words = event.detail.formData.get("q") ?? "";
  if (event.detail.triggeringEvent?.type !== "submit" || !/^\s*#\d+\s*$/.test(words)) return;
  event.preventDefault();
  location.assign(`?${new URLSearchParams({ q: words })}`);
});

document.addEventListener("htmx:afterSwap", () => {
  refresh();
  const link = document.getElementById("export");
  if (link) link.search = location.search;
});

document.addEventListener("refreshed", refresh);
refresh();
