// The editor of types: what its rows say is shown as JSON at once, and focus goes to what is new.
import { onSwapped, swap } from "./swap.js";

let waiting;

function redraw(form) {
  form.querySelector('button[value="show"]').click();
}

async function sync(form) {
  const json = form.elements.json;
  if (json.value !== json.defaultValue) return; // somebody writes there: it is theirs to take over
  const body = new URLSearchParams(new FormData(form));
  body.set("do", "sync");
  await swap(form.action, { method: "POST", body, trigger: form });
}

function relabel(input) {
  const row = input.closest(".field > .row");
  for (const button of row?.querySelectorAll("[data-says]") ?? [])
    button.setAttribute("aria-label", button.dataset.says.replace("{}", () => input.value));
}

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.id !== "editor" || event.target.id === "json" || event.target.id === "document") return;
  clearTimeout(waiting);
  if (event.target.name.endsWith(".name") && event.target.value) relabel(event.target);
  if (event.target.matches("[data-redraw]")) redraw(form);
  else waiting = setTimeout(() => sync(form), 150);
});
// A page's picture is drawn when it is first asked for: one that takes long is asked for again.
function askAgain(picture) {
  const times = Number(picture.dataset.again ?? 0) + 1;
  if (times > 10) return;
  picture.dataset.again = times;
  setTimeout(() => (picture.src = `${picture.src.split("?")[0]}?again=${times}`), 2000);
}

document.addEventListener("error", (event) => {
  if (event.target.matches?.(".sheet img")) askAgain(event.target);
}, true);
// What was typed and not saved is asked about before the page is left.
let unsaved = Boolean(document.querySelector("#editor [aria-invalid]"));

document.addEventListener("input", (event) => {
  if (event.target.form?.id === "editor" && event.target.id !== "document") unsaved = true;
});
document.addEventListener("submit", (event) => {
  clearTimeout(waiting);
  if (event.target.dataset.confirm) unsaved = false; // that is asked about already
  if (event.target.id !== "editor" || event.submitter?.name !== "do") return;
  unsaved = event.submitter.value !== "save";
}, true);
window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});
onSwapped(({ status, trigger }) => {
  if (status >= 400 && trigger?.id === "editor") unsaved = true;
  if (trigger?.closest(".ways") && document.getElementById("editor")) unsaved = true;
  const taken = document.querySelector("#documents[data-try]");
  if (taken) {
    taken.removeAttribute("data-try");
    document.getElementById("try").click();
  }
  const target = document.querySelector("[data-focus-here]");
  if (!target) return;
  target.removeAttribute("data-focus-here");
  target.focus();
});
