// The lock of a review: kept while somebody works here, left when the page goes.
import { lockUp, root as review } from "./review-fields.js";
import { put, tokenHeaders } from "./swap.js";

const EVERY = 10_000;
const IDLE = 5 * 60_000;
let used = Date.now();

async function ask() {
  if (document.hidden) return;
  const isMine = review.dataset.editable === "true";
  if (isMine && Date.now() - used > IDLE) return; // others may have it
  const body = new URLSearchParams({ wish: isMine ? "keep" : "look" });
  const headers = { "X-Swap": "1", Accept: "text/html", ...tokenHeaders() };
  try {
    const answer = await fetch(`${review.dataset.url}/lock`, { method: "POST", body, headers });
    if (answer.headers.get("X-Swap") !== "fragments" || !answer.ok) return;
    put(await answer.text());
  } catch {
    return; // the next time
  }
  const now = document.querySelector("#lock [data-mine]").dataset.mine;
  if (isMine && now !== "true") lockUp();
}

/** Begin to keep it. */
export function keepLock() {
  for (const type of ["keydown", "pointerdown", "wheel"])
    addEventListener(type, () => (used = Date.now()), { passive: true });
  setInterval(ask, EVERY);
  addEventListener("visibilitychange", () => ask());
  addEventListener("pagehide", () => {
    if (review.dataset.editable !== "true") return;
    const csrf = tokenHeaders()["X-CSRF-Token"] ?? "";
    navigator.sendBeacon(`${review.dataset.url}/leave`, new URLSearchParams({ csrf }));
  });
}
