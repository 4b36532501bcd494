// The stream of events, opened again whenever it ends.
const FIRST_WAIT = 2_000;
const LONGEST_WAIT = 60_000;

/** Have `tell` called with {type, …} for all that is heard; returns what stops it. */
export function listen(tell) {
  let source = null;
  let wait = FIRST_WAIT;
  let timer = null;

  function open() {
    source = new EventSource("/console/live");
    source.addEventListener("open", () => {
      wait = FIRST_WAIT;
    });
    source.addEventListener("document", ({ data }) => tell({ type: "document", ...JSON.parse(data) }));
    source.addEventListener("again", () => tell({ type: "again" }));
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return; // the browser tries by itself
      timer = setTimeout(open, wait * (1 + Math.random()));
      wait = Math.min(LONGEST_WAIT, 2 * wait);
    });
  }

  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
