// The editor of types: what its rows say is shown as JSON at once, and focus goes to what is new.
import { onSwapped, swap } from "./swap.js";

let waiting;

function redraw(form) {
  form.querySelector('button[value="show"]').click();
}

async function sync(form) {
  const body = new URLSearchParams(new FormData(form));
  body.set("do", "sync");
  await swap(form.action, { method: "POST", body, trigger: form });
}

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.id !== "editor" || event.target.id === "json" || event.target.id === "document") return;
  clearTimeout(waiting);
  if (event.target.matches("[data-redraw]")) redraw(form);
  else waiting = setTimeout(() => sync(form), 150);
});
document.addEventListener("submit", () => clearTimeout(waiting));
onSwapped(() => {
  const target = document.querySelector("[data-focus-here]");
  if (!target) return;
  target.removeAttribute("data-focus-here");
  target.focus();
});
