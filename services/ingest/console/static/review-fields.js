// The fields of a review: what is typed, accepted and refused. The server alone says how a value
// stands; its fragments replace the marks.
import { notice, put, tokenHeaders } from "./swap.js";

export const root = document.getElementById("review");
const opened = performance.now();
let since = opened;
let isBusy = false;

export const inputs = () => [...root.querySelectorAll(".value input[name=value]")];
export const placeOf = (input) => input?.closest("form.value")?.dataset.place ?? null;
export const inputAt = (place) => document.getElementById(`v-${place}`);
export const markAt = (place) => document.getElementById(`m-${place}`);
export const state = () => document.getElementById("review-state").dataset;
export const isEditable = () => root.dataset.editable === "true";
export const spent = () => Math.round(performance.now() - opened);
export const spentHere = () => Math.round(performance.now() - since);

/** The input in which a person is, or was last. */
let last = null;
export const current = () => {
  const active = document.activeElement;
  if (active?.matches?.(".value input[name=value]")) last = active;
  return last?.isConnected ? last : null;
};

export function focusOn(input) {
  if (!input) return;
  input.focus();
  input.select();
  input.scrollIntoView({ block: "nearest" });
}

export function isTyped(input) {
  return input.value !== markAt(placeOf(input)).dataset.value;
}

/** Send a form of ours; the fragments of the answer are put on the page. */
export async function send(path, values) {
  const body = new URLSearchParams(values);
  const headers = { "X-Swap": "1", Accept: "text/html", ...tokenHeaders() };
  const url = `${root.dataset.url}/${path}?${root.dataset.query}`;
  let answer;
  try {
    answer = await fetch(url, { method: "POST", body, headers, credentials: "same-origin" });
  } catch {
    notice("The server did not answer. Nothing is lost; please try again.", true);
    return null;
  }
  const go = answer.headers.get("X-Go");
  if (go) {
    const here = encodeURIComponent(location.pathname + location.search);
    leaving = true;
    location.assign(answer.status === 401 ? `${go}?next=${here}` : go);
    return answer;
  }
  if (answer.headers.get("X-Swap") === "fragments") put(await answer.text());
  else if (!answer.ok) notice(`Something went wrong (${answer.status}).`, true);
  return answer;
}

/** Whether the page is being left on purpose. */
export let leaving = false;

/** Save and accept what stands in a field; whether that was taken. */
export async function accept(input, { absent = false } = {}) {
  if (isBusy || !isEditable()) return false;
  isBusy = true;
  const place = placeOf(input);
  const sent = input.value;
  const isRead = !absent && !isTyped(input) && !input.dataset.boxes;
  const values = {
    value: absent ? "" : sent,
    source: isRead ? "read" : input.dataset.boxes ? "picked" : "typed",
    revision: state().revision,
    milliseconds: spentHere(),
  };
  if (input.dataset.boxes && !isRead) values.boxes = input.dataset.boxes;
  input.setAttribute("aria-busy", "true");
  let answer;
  try {
    answer = await send(`fields/${encodeURIComponent(place).replaceAll("%2F", "/")}`, values);
  } finally {
    isBusy = false;
    input.removeAttribute("aria-busy");
  }
  if (!answer?.ok) {
    input.setAttribute("aria-invalid", "true");
    if (answer?.status === 409 && state().mine !== "true") lockUp();
    return false;
  }
  since = performance.now();
  input.removeAttribute("aria-invalid");
  delete input.dataset.boxes;
  clearRefusal(place);
  if (input.value === sent) input.value = markAt(place).dataset.value;
  document.dispatchEvent(new CustomEvent("review:changed"));
  return true;
}

function clearRefusal(place) {
  const told = document.getElementById(`r-${place}`);
  told.replaceChildren();
  told.removeAttribute("role");
  told.removeAttribute("class");
}

/** Nobody types here any more: somebody else has the document. */
export function lockUp() {
  root.dataset.editable = "false";
  for (const input of inputs()) input.readOnly = true;
  for (const id of ["approve", "reject", "postpone"]) {
    const button = document.getElementById(id);
    if (button) button.disabled = true;
  }
}

/** Go where the server says, or to Approve where nothing is left. */
export function goOn() {
  const next = state().next;
  if (next) focusOn(inputAt(next) ?? addButton(next));
  else document.getElementById("approve")?.focus();
}

/** The button that begins a table. */
export function addButton(place) {
  return document.getElementById(`add-${place}`);
}

/** The stop before or behind the present field, first the wrong, then the doubtful. */
export function goToStop(step) {
  const stops = JSON.parse(state().stops);
  if (!stops.length) return document.getElementById("approve")?.focus();
  const at = stops.indexOf(placeOf(current()));
  const next = at < 0 ? (step > 0 ? 0 : stops.length - 1) : (at + step + stops.length) % stops.length;
  focusOn(inputAt(stops[next]) ?? addButton(stops[next]));
}

/** First the value as the machine read it, all selected; then out of the field. */
export function restore(input) {
  const mark = markAt(placeOf(input)).dataset;
  const read = mark.machine || mark.value;
  clearRefusal(placeOf(input));
  input.removeAttribute("aria-invalid");
  delete input.dataset.boxes;
  if (input.value !== read) {
    input.value = read;
    input.select();
  } else {
    document.getElementById("field-list").focus();
  }
  document.dispatchEvent(new CustomEvent("review:changed"));
}

root.addEventListener("click", (event) => {
  const target = event.target.closest("button");
  if (!target) return;
  const box = target.closest(".refused");
  const input = box && inputAt(box.id.slice(2));
  if (target.hasAttribute("data-take-theirs")) {
    leaving = true;
    location.reload(); // what is shown then is theirs
  } else if (target.hasAttribute("data-keep-mine")) {
    accept(input).then((ok) => ok && goOn());
  }
});
root.addEventListener("submit", (event) => {
  if (!event.target.matches("form.value")) return;
  event.preventDefault();
});
root.addEventListener("focusin", (event) => {
  if (event.target.matches(".value input[name=value]")) since = performance.now();
});
window.addEventListener("beforeunload", (event) => {
  if (!leaving && isEditable() && inputs().some(isTyped)) event.preventDefault();
});
