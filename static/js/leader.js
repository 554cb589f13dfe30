// One tab works for all. It is one that is seen, as long as any is: browsers slow down and freeze those that are hidden.
import { ask, on } from "./tabs.js";

const GRACE_MS = 5000;

// Calls `work(signal)` in the tab that leads, until the signal says that it does no more. `worksHidden()`: whether the
// work is worth doing where no tab is seen.
export function lead(work, worksHidden) {
  let standing = null;
  let leads = false;
  let isLeft = false; // the page, by the way back or forth
  let leaving;

  const stands = () => !isLeft && (!document.hidden || worksHidden());

  async function hold(signal) {
    if (signal.aborted) return;
    leads = true;
    ask({ kind: "led", hidden: document.hidden });
    await work(signal);
  }

  async function stand() {
    if (standing || !stands()) return;
    const { signal } = (standing = new AbortController());
    try {
      await navigator.locks.request("stream", { signal }, () => hold(signal));
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    } finally {
      standing = null;
      leads = false;
      stand();
    }
  }

  function leave() {
    standing?.abort();
  }

  function look() {
    clearTimeout(leaving);
    if (!document.hidden) {
      stand();
      if (!leads) ask({ kind: "claim" });
    } else if (!worksHidden()) {
      leaving = setTimeout(leave, leads ? GRACE_MS : 0);
    }
  }

  on("claim", () => document.hidden && leads && leave());
  on("led", ({ hidden }) => hidden && !document.hidden && ask({ kind: "claim" }));
  document.addEventListener("visibilitychange", look);
  addEventListener("pagehide", () => {
    isLeft = true;
    leave();
  });
  addEventListener("pageshow", () => {
    isLeft = false;
    look();
  });
  look();
  return { isLeader: () => leads };
}
