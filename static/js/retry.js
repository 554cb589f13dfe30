// The page of an error that will pass: as soon as the database answers again, what was wanted is shown.
const EVERY_MS = 10000;

async function tryAgain() {
  const isBack = await fetch("/ready/core", { cache: "no-store" }).then(
    (response) => response.ok,
    () => false,
  );
  if (isBack) location.replace(location.pathname + location.search);
}

document.getElementById("retry").hidden = false;
setInterval(tryAgain, EVERY_MS);
