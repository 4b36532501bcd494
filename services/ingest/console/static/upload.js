// Files are sent one by one, three at a time, each with its bar; then their way through the
// stages is shown. Without this module the form sends them all at once.
import { refresh } from "./live.js";
import { notice, swap, tokenHeaders } from "./swap.js";

const AT_ONCE = 3;
const MOST_TRIES = 5;
const BUSY = new Set([429, 503, 507]);

const form = document.getElementById("upload");
const list = document.getElementById("sent");
const maxBytes = Number(form.dataset.maxBytes);
const waiting = [];
let running = 0;

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** What is asked for in the form, for all files that are added now. */
function wishes() {
  return [...form.querySelectorAll("select")].map((it) => [it.name, it.value]);
}

/** For who does not see the list. */
function say(text) {
  document.getElementById("sent-summary").textContent = text;
}

class Sending {
  constructor(file) {
    this.file = file;
    this.once = [...crypto.getRandomValues(new Uint8Array(12))].map((it) => it.toString(16).padStart(2, "0")).join("");
    this.tries = 0;
    this.wishes = wishes();
    this.bar = element("progress", { max: 1, value: 0 });
    this.bar.setAttribute("aria-label", `Sent of ${file.name}`);
    this.status = element("span", { className: "quiet", textContent: "Waiting to be sent" });
    this.button = element("button", { type: "button", className: "plain", textContent: "Cancel" });
    this.button.setAttribute("aria-label", `Cancel ${file.name}`);
    this.button.addEventListener("click", () => this.cancel());
    this.item = element("li", { className: "sent-file" },
      element("span", { className: "name", textContent: file.name }), this.bar, this.status, this.button);
    list.querySelector(".empty")?.remove();
    list.prepend(this.item);
  }

  send() {
    running += 1;
    this.tries += 1;
    this.status.textContent = "Sending";
    const body = new FormData();
    body.append("once", this.once);
    for (const [name, value] of this.wishes) body.append(name, value);
    body.append("files", this.file, this.file.name);
    const request = this.request = new XMLHttpRequest();
    request.open("POST", form.action);
    for (const [name, value] of Object.entries(tokenHeaders())) request.setRequestHeader(name, value);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      this.bar.value = total ? loaded / total : 0;
      if (loaded === total) this.status.textContent = "Being checked";
    });
    request.addEventListener("load", () => this.answered(request));
    request.addEventListener("error", () => this.failed("The connection was lost.", true));
    request.addEventListener("abort", () => this.failed("Cancelled. Nothing was kept.", true));
    request.addEventListener("loadend", () => {
      running -= 1;
      sendNext();
    });
    request.send(body);
  }

  answered(request) {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      // a proxy's page, or none: the status says enough
    }
    const seconds = Number(request.getResponseHeader("Retry-After"));
    if (BUSY.has(request.status) && this.tries < MOST_TRIES) return this.later(Math.max(1, seconds || 5));
    if (request.status === 401) return this.failed("You were signed out. Load this page again to sign in.", false);
    const [outcome] = answer.outcomes ?? [];
    if (request.status === 200 && outcome?.document) return this.taken(outcome.document);
    return this.failed(outcome?.error ?? answer.detail ?? `The server refused it (${request.status}).`, request.status >= 500);
  }

  later(seconds) {
    this.status.textContent = `The server is busy. Sent again in ${seconds} s`;
    this.timer = setTimeout(() => enqueue(this), 1000 * seconds);
  }

  taken(id) {
    this.item.id = `sent-${id}`;
    this.item.dataset.live = id;
    this.item.dataset.liveOpen = "";
    this.bar.remove();
    this.button.remove();
    this.status.textContent = "Received";
    say(`${this.file.name} was received`);
    refresh(id);
  }

  failed(text, mayRetry) {
    this.bar.hidden = true;
    this.status.className = "bad";
    this.status.textContent = text;
    say(`${this.file.name}: ${text}`);
    const again = mayRetry && element("button", { type: "button", className: "plain", textContent: "Try again" });
    if (!again) return this.button.remove();
    again.setAttribute("aria-label", `Try again to send ${this.file.name}`);
    again.addEventListener("click", () => {
      again.replaceWith(this.button);
      this.bar.hidden = false;
      this.bar.value = 0;
      this.status.className = "quiet";
      this.status.textContent = "Waiting to be sent";
      enqueue(this);
    });
    this.button.replaceWith(again);
  }

  cancel() {
    clearTimeout(this.timer);
    const place = waiting.indexOf(this);
    if (place >= 0) waiting.splice(place, 1);
    if (this.request && this.request.readyState < XMLHttpRequest.DONE) this.request.abort();
    else this.failed("Cancelled. Nothing was kept.", true);
  }
}

function enqueue(sending) {
  waiting.push(sending);
  sendNext();
}

function sendNext() {
  while (running < AT_ONCE && waiting.length) waiting.shift().send();
}

function add(files) {
  for (const file of files) {
    const sending = new Sending(file);
    if (file.size > maxBytes) sending.failed("It is larger than this server takes.", false);
    else if (file.size === 0) sending.failed("It is empty.", false);
    else enqueue(sending);
  }
  if (files.length) say(files.length === 1 ? `Sending ${files[0].name}` : `Sending ${files.length} files`);
}

async function filesOf(entry) {
  if (entry.name.startsWith(".")) return []; // what an operating system leaves in folders
  if (entry.isFile) return [await new Promise((done, fail) => entry.file(done, fail))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length) return found;
    for (const it of some) found.push(...(await filesOf(it)));
  }
}

async function dropped(transfer) {
  const entries = [...transfer.items].map((it) => it.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return add([...transfer.files]);
  const found = [];
  for (const entry of entries) found.push(...(await filesOf(entry)));
  if (!found.length) notice("There are no files in what was dropped.");
  return add(found);
}

for (const input of [form.elements.files, document.getElementById("camera")]) {
  input.addEventListener("change", () => {
    add([...input.files]);
    input.value = "";
  });
}
const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
let depth = 0;
document.addEventListener("dragenter", (event) => {
  if (holdsFiles(event)) document.body.classList.toggle("dragging", ++depth > 0);
});
document.addEventListener("dragleave", (event) => {
  if (holdsFiles(event)) document.body.classList.toggle("dragging", --depth > 0);
});
document.addEventListener("dragover", (event) => {
  if (holdsFiles(event)) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  depth = 0;
  document.body.classList.remove("dragging");
  dropped(event.dataTransfer);
});
document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (!files.length) return;
  event.preventDefault();
  add(files);
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const url = form.elements.url;
  if (!url.value.trim()) return url.focus();
  const body = new FormData();
  for (const [name, value] of wishes()) body.append(name, value);
  for (const name of ["url", "once"]) body.append(name, form.elements[name].value);
  if (await swap(form.action, { method: "POST", body, trigger: form })) url.value = "";
});
window.addEventListener("beforeunload", (event) => {
  if (running || waiting.length) event.preventDefault();
});
