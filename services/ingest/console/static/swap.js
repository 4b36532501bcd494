// Forms and links with data-swap are fetched, and the fragments that come back replace the
// elements of the same id; answers that are errors too. Without this module they are ordinary
// forms and links. What has focus and what is being typed is kept.

const listeners = new Set();
const pressed = new WeakMap(); // of forms that are being sent, the button that was pressed meanwhile
const MOST_ROWS = 50; // that are asked for at a time: an address has its limits
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
    put(html, before, quiet);
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

/** Put the fragments of an answer in their places; `onlyChanged`: what shows the same is left as it is. */
export function put(html, sentValues = new Map(), onlyChanged = false) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  // Rows beside other elements come in a template, as a parser takes them nowhere else.
  const parts = [...holder.content.children].flatMap((it) => (it.matches("template[data-parts]") ? [...it.content.children] : it));
  for (const fragment of parts) {
    if (fragment.matches("template[data-append],template[data-prepend]")) {
      const { append, prepend } = fragment.dataset;
      const target = document.getElementById(append ?? prepend);
      for (const part of [...fragment.content.children])
        if (part.id && document.getElementById(part.id)) part.remove(); // it came another way meanwhile
      const first = fragment.content.firstElementChild;
      if (append) target?.append(fragment.content);
      else target?.prepend(fragment.content);
      if (fragment.hasAttribute("data-focus")) focusOn(first);
      continue;
    }
    const target = fragment.id && document.getElementById(fragment.id);
    if (!target) continue;
    if (onlyChanged && shown(target) === shown(fragment)) continue;
    if (fragment.hasAttribute("data-remove")) target.remove();
    else if (target.matches("[aria-live],[role=status],[role=alert]"))
      target.replaceChildren(...fragment.childNodes); // replaced whole, it would not be read out
    else replace(target, fragment, sentValues);
    const wish = document.getElementById(fragment.id)?.closest("[data-focus]");
    if (wish) focusOn(wish);
  }
}

/** What an element shows, but for what scripts do to it and what differs in each answer. */
function shown(element) {
  const copy = element.cloneNode(true);
  for (const time of copy.querySelectorAll("time[datetime]")) {
    time.replaceChildren();
    for (const name of ["title", "data-local"]) time.removeAttribute(name);
  }
  for (const token of copy.querySelectorAll('input[name="csrf"]')) token.removeAttribute("value");
  for (const part of copy.querySelectorAll("details")) part.open = false;
  for (const part of copy.querySelectorAll(".scroll")) for (const name of ["tabindex", "role", "aria-label"]) part.removeAttribute(name);
  return copy.outerHTML;
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
  const opened = [...target.querySelectorAll("details[id][open]")].map((it) => it.id);
  target.replaceWith(fragment);
  for (const part of fragment.querySelectorAll("details[id]")) part.open ||= opened.includes(part.id);
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
  const link = control.getAttribute("href");
  const alike = control.name ? `[name="${CSS.escape(control.name)}"]` : link && `a[href="${CSS.escape(link)}"]`;
  const found = control.id ? document.getElementById(control.id) : alike && root.querySelector(alike);
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
// <tbody data-refresh="2" data-href="…" data-rows><tr id="…" data-row="ID" data-open> asks for the rows
// with data-open, ?id=…&id=…, and for newer ones than ?newest=ID, its first; not once all are done.
async function refresh(due) {
  const now = Date.now();
  for (const element of document.querySelectorAll("[data-refresh][data-href]")) {
    const at = due.get(element.id) ?? now + 1000 * element.dataset.refresh;
    due.set(element.id, at);
    const address = at > now || document.hidden ? null : addressOf(element);
    if (!address) continue;
    due.set(element.id, Infinity); // until this answer is there
    await swap(address, { trigger: element, quiet: true });
    due.set(element.id, Date.now() + 1000 * element.dataset.refresh);
  }
}

function addressOf(element) {
  const address = new URL(element.dataset.href, location.href);
  if (!element.hasAttribute("data-rows")) return address;
  const open = [...element.querySelectorAll("[data-open]")].slice(0, MOST_ROWS);
  for (const row of open) address.searchParams.append("id", row.dataset.row);
  address.searchParams.set("newest", element.querySelector("[data-row]")?.dataset.row ?? "");
  return open.length ? address : null;
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
