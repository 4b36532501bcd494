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
document.addEventListener("submit", () => clearTimeout(waiting));
onSwapped(() => {
  const target = document.querySelector("[data-focus-here]");
  if (!target) return;
  target.removeAttribute("data-focus-here");
  target.focus();
});
