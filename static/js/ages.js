// Keeps ages and "5 min ago" true while the page is open. The words are those of console/templatetags/console.py.
const UNITS = [[86400, "d"], [3600, "h"], [60, "min"]];
const EVERY_MS = 10000;

// How far this machine's clock is from the server's, which wrote `data-now` into the page.
const told = document.querySelector("[data-now]");
const ahead = told ? Date.now() - Date.parse(told.dataset.now) : 0;

function duration(seconds, parts = 2) {
  let left = Math.max(0, Math.floor(seconds));
  const found = [];
  for (const [size, name] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count) found.push(`${count} ${name}`);
  }
  return found.slice(0, parts).join(" ") || `${left} s`;
}

function tick() {
  for (const time of document.querySelectorAll("time[data-age], time[data-when]")) {
    const seconds = (Date.now() - ahead - Date.parse(time.dateTime)) / 1000;
    if (time.hasAttribute("data-age")) time.textContent = duration(seconds);
    else if (seconds < 60) time.textContent = "now";
    else if (seconds < 7 * 86400) time.textContent = `${duration(seconds, 1)} ago`;
  }
}

setInterval(tick, EVERY_MS);
document.addEventListener("visibilitychange", () => document.hidden || tick());

// Where nothing hovers, a tap shows the exact time beside its age.
document.addEventListener("click", (event) => {
  const time = event.target.closest("time[title]");
  if (time) time.toggleAttribute("data-shown");
});
