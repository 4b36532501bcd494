// Forms and links with data-swap are fetched, and the fragments that come back replace the
// elements of the same id; answers that are errors too. Without this module they are ordinary
// forms and links. What has focus and what is being typed is kept.

const listeners = new Set();
const pressed = new WeakMap(); // of forms that are being sent, the button that was pressed meanwhile
let leaving = false;

/** Have `listener({status, trigger})` called after each answer that was put on the page. */
export function onSwapped(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The header that shows a request to be of this page. */
export function tokenHeaders() {
  const token = document.querySelector('meta[name="csrf-token"]');
  return token ? { "X-CSRF-Token": token.content } : {};
}

/** Tell something at the head of the page. */
export function notice(text, isError = false) {
  const line = document.createElement("p");
  line.textContent = text;
  if (isError) {
    line.className = "bad";
    line.setAttribute("role", "alert");
  }
  document.getElementById("notice").replaceChildren(...(text ? [line] : []));
}

/**
 * Fetch an address and put its fragments on the page; whether the answer was no error.
 * `quiet`: nobody waits for it, so errors are not told.
 */
export async function swap(url, { method = "GET", body, trigger = null, push = false, quiet = false } = {}) {
  const before = valuesOf(trigger);
  const headers = { "X-Swap": "1", Accept: "text/html" };
  let answer;
  let html;
  try {
    const sent = method === "GET" ? headers : { ...headers, ...tokenHeaders() };
    answer = await fetch(url, { method, body, headers: sent, credentials: "same-origin" });
    html = await answer.text();
  } catch {
    if (!quiet) notice("The server did not answer. Nothing is lost; please try again.", true);
    return false;
  }
  const go = answer.headers.get("X-Go");
  if (quiet && !answer.ok) return false; // nobody asked for it; the next look will tell
  if (go) {
    leaving = true;
    const here = encodeURIComponent(location.pathname + location.search);
    location.assign(answer.status === 401 ? `${go}?next=${here}` : go);
    return answer.ok;
  }
  if (answer.headers.get("X-Swap") === "fragments") {
    put(html, before);
    if (push && answer.ok) history.pushState({ swapped: true }, "", url);
  } else if (!answer.ok) {
    const id = answer.headers.get("X-Request-ID");
    notice(`Something went wrong (${answer.status}${id ? `, request ${id}` : ""}).`, true);
  } else if (answer.status !== 204) {
    location.assign(url); // a whole page
  }
  for (const listener of listeners) listener({ status: answer.status, trigger });
  return answer.ok;
}

/** Put the fragments of an answer in their places. */
export function put(html, sentValues = new Map()) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  for (const fragment of [...holder.content.children]) {
    if (fragment.matches("template[data-append],template[data-prepend]")) {
      const { append, prepend } = fragment.dataset;
      const target = document.getElementById(append ?? prepend);
      const first = fragment.content.firstElementChild;
      if (append) target?.append(fragment.content);
      else target?.prepend(fragment.content);
      if (fragment.hasAttribute("data-focus")) focusOn(first);
      continue;
    }
    const target = fragment.id && document.getElementById(fragment.id);
    if (!target) continue;
    if (fragment.hasAttribute("data-remove")) target.remove();
    else if (target.matches("[aria-live],[role=status],[role=alert]"))
      target.replaceChildren(...fragment.childNodes); // replaced whole, it would not be read out
    else replace(target, fragment, sentValues);
    const wish = document.getElementById(fragment.id)?.closest("[data-focus]");
    if (wish) focusOn(wish);
  }
}

function focusOn(element) {
  if (!element) return;
  const target = element.matches("a,button,input,select,textarea,[tabindex]")
    ? element
    : element.querySelector("a,button,input,select,textarea,[tabindex]") ?? element;
  if (!target.matches("a,button,input,select,textarea,[tabindex]")) target.tabIndex = -1;
  target.focus();
}

function replace(target, fragment, sentValues) {
  const focused = target.contains(document.activeElement) ? document.activeElement : null;
  const typed = [...controls(target)].filter((it) => isTyped(it, sentValues));
  const selection = focused && "selectionStart" in focused && selectionOf(focused);
  target.replaceWith(fragment);
  for (const control of typed) {
    const now = same(control, fragment);
    if (now && "value" in now) now.value = control.value;
  }
  const heir = focused && same(focused, fragment);
  if (!heir) return;
  heir.focus({ preventScroll: true });
  if (selection) heir.setSelectionRange(...selection);
}

/** Whether somebody has typed in it since the page, or since the form was sent. */
function isTyped(control, sentValues) {
  if (!("defaultValue" in control) || control.type === "hidden") return false;
  const known = sentValues.has(control) ? sentValues.get(control) : control.defaultValue;
  return control.value !== known && !["file", "checkbox", "radio"].includes(control.type);
}

function same(control, root) {
  const found = control.id
    ? document.getElementById(control.id)
    : control.name && root.querySelector(`[name="${CSS.escape(control.name)}"]`);
  return found && (found === root || root.contains(found)) ? found : null;
}

function selectionOf(control) {
  return control.selectionStart === null
    ? null
    : [control.selectionStart, control.selectionEnd, control.selectionDirection];
}

function controls(root) {
  return root.matches("input,textarea") ? [root] : root.querySelectorAll("input,textarea");
}

function valuesOf(form) {
  if (!(form instanceof HTMLFormElement)) return new Map();
  return new Map([...form.elements].filter((it) => "defaultValue" in it).map((it) => [it, it.value]));
}

/** Press what stands where `button` stood before the answer to its form was put on the page. */
function pressHeir(button, form) {
  const now = form.isConnected ? form : form.id && document.getElementById(form.id);
  const alike = (it) => it.type === "submit" && it.name === button.name && it.value === button.value;
  if (now) [...now.elements].find(alike)?.click();
}

/** Whether `form` is being sent; another press of one with data-queue waits for the answer. */
function isSent(form, event) {
  if (form?.getAttribute("aria-busy") !== "true") return false;
  event.preventDefault();
  if (form.method === "get") form.dataset.again = ""; // of what is asked for, the last counts
  else if (form.hasAttribute("data-queue") && event.submitter) pressed.set(form, event.submitter);
  return true;
}

async function submit(event) {
  const form = event.target.closest("form[data-swap]");
  if (isSent(form, event)) return;
  const confirmed = event.submitter?.dataset.confirm ?? form?.dataset.confirm;
  const asked = form ?? event.target;
  const question = confirmed ?? asked.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    return;
  }
  if (!form || event.defaultPrevented) return;
  event.preventDefault();
  const data = new FormData(form, event.submitter);
  const method = (event.submitter?.getAttribute("formmethod") ?? form.method).toUpperCase();
  const url = new URL(event.submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? "", location.href);
  const wish = { method, trigger: form, push: form.hasAttribute("data-push") };
  if (method === "GET") url.search = new URLSearchParams([...data].filter(([, it]) => it !== ""));
  else wish.body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
  form.setAttribute("aria-busy", "true");
  event.submitter?.setAttribute("aria-busy", "true");
  try {
    await swap(url, wish);
  } finally {
    form.removeAttribute("aria-busy");
    event.submitter?.removeAttribute("aria-busy");
    if ("again" in form.dataset) {
      delete form.dataset.again;
      form.requestSubmit();
    }
    const next = pressed.get(form);
    pressed.delete(form);
    if (next && !leaving) pressHeir(next, form);
  }
}

async function follow(event) {
  const link = event.target.closest("a[data-swap]");
  const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || !isPlain || event.defaultPrevented) return;
  event.preventDefault();
  if (link.getAttribute("aria-busy") === "true") return;
  link.setAttribute("aria-busy", "true");
  try {
    await swap(link.href, { trigger: link, push: link.hasAttribute("data-push") });
  } finally {
    link.removeAttribute("aria-busy");
  }
}

// <div id="x" data-refresh="5" data-href="…"> asks again every 5 s while the page is seen.
async function refresh(due) {
  const now = Date.now();
  for (const element of document.querySelectorAll("[data-refresh][data-href]")) {
    const at = due.get(element.id) ?? now + 1000 * element.dataset.refresh;
    due.set(element.id, at);
    if (at > now || document.hidden) continue;
    due.set(element.id, Infinity); // until this answer is there
    await swap(element.dataset.href, { trigger: element, quiet: true });
    due.set(element.id, Date.now() + 1000 * element.dataset.refresh);
  }
}

/** Begin; called once, by page.js. */
export function start() {
  document.addEventListener("submit", submit);
  document.addEventListener("click", follow);
  window.addEventListener("popstate", () => location.reload());
  window.addEventListener("pageshow", () => (leaving = false)); // as it was kept, by the button Back
  const due = new Map();
  setInterval(() => refresh(due), 1000);
}
