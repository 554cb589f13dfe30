// What this person has just done in this tab is no news in it. The mark outlives the page that a form leads away from.
const MARK = "acted";
const WHILE_MS = 15000;

export function mark() {
  sessionStorage.setItem(MARK, Date.now());
}

export function isOwn(event) {
  const isMine = event.actor?.id === document.body.dataset.viewer;
  return isMine && Date.now() - Number(sessionStorage.getItem(MARK)) < WHILE_MS;
}

document.addEventListener("submit", mark, true);
