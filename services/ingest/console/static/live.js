// Parts of the page that are about a document are fetched anew when something happens to it:
//   <tr id="row-1" data-live="ID" data-href="/console/…">              one request each
//   <tbody data-live-href="/console/…/rows"> … <tr id="row-1" data-live="ID">
//                                             one request ?id=…&id=… for all that changed
// With data-live-open, as long as it is under way, also every few seconds, for what is told to
// nobody. The answers are fragments, as for every swap.
import { listen } from "./live-stream.js";
import { onSwapped, swap } from "./swap.js";

const GATHER = 250;
const LOOK_AGAIN = 8_000;
const AT_ONCE = 50;

const listeners = new Set();
const changed = new Set();
let close = null;
let gathering = null;
let busy = false;

/** Have `listener({document, name, sequence})` called whenever something happens to a document. */
export function onDocument(listener) {
  listeners.add(listener);
  connect();
  return () => listeners.delete(listener);
}

/** Fetch the parts of the page that are about a document anew. */
export function refresh(id) {
  changed.add(id);
  gathering ??= setTimeout(fetchChanged, GATHER);
}

function hear(message) {
  if (message.type === "again") {
    for (const element of document.querySelectorAll("[data-live-open]")) refresh(element.dataset.live);
    return;
  }
  if (find(message.document).length) refresh(message.document);
  for (const listener of listeners) listener(message);
}

function find(id) {
  return [...document.querySelectorAll(`[data-live="${CSS.escape(id)}"]`)];
}

async function fetchChanged() {
  gathering = null;
  if (busy) return;
  busy = true;
  try {
    while (changed.size) {
      const some = [...changed].slice(0, AT_ONCE);
      for (const id of some) changed.delete(id);
      for (const url of addresses(some)) await swap(url, { quiet: true });
    }
  } finally {
    busy = false;
  }
}

function addresses(ids) {
  const single = new Set();
  const many = new Map();
  for (const id of ids) {
    for (const element of find(id)) {
      if (element.dataset.href) single.add(element.dataset.href);
      else {
        const base = element.closest("[data-live-href]")?.dataset.liveHref;
        if (base) many.set(base, new Set([...(many.get(base) ?? []), id]));
      }
    }
  }
  for (const [base, some] of many) {
    const query = new URLSearchParams([...some].map((id) => ["id", id]));
    single.add(`${base}${base.includes("?") ? "&" : "?"}${query}`);
  }
  return single;
}

function connect() {
  if (close) return;
  if (typeof SharedWorker === "undefined") {
    close = listen(hear);
    return;
  }
  const worker = new SharedWorker(new URL("./live-worker.js", import.meta.url), { type: "module" });
  worker.port.addEventListener("message", ({ data }) => hear(data));
  worker.port.start();
  close = () => worker.port.postMessage("bye");
}

function connectIfWanted() {
  if (document.querySelector("[data-live]")) connect();
}

/** Begin; called once, by page.js. */
export function start() {
  connectIfWanted();
  onSwapped(connectIfWanted);
  window.addEventListener("pagehide", () => {
    close?.();
    close = null;
  });
  window.addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    connectIfWanted();
    hear({ type: "again" });
  });
  setInterval(() => {
    if (!document.hidden) hear({ type: "again" });
  }, LOOK_AGAIN);
}
