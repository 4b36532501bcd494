// The list of documents: choosing many, with keys and with Shift, and acting on them in batches
// with progress. Without this module the same forms do it in one go.
import { onDocument, refresh } from "./live.js";
import { notice, onSwapped, tokenHeaders } from "./swap.js";

const BATCH = 20;
const MOST = 1000;
const WORDS = {
  reprocess: ["Process anew", "being processed anew"],
  retype: ["Retype", "being processed as that type"],
  delete: ["Delete", "deleted"],
};

const form = document.getElementById("bulk");
const chosen = new Set();
let anchor = null;
let stopped = false;
let fresh = 0;

// Not form.action: that is its buttons of this name.
const address = () => form.getAttribute("action");
const boxes = () => [...document.querySelectorAll('#document-rows input[name="id"]')];
const all = () => document.getElementById("all");
const plural = (count) => `${count.toLocaleString()} ${count === 1 ? "document" : "documents"}`;

function show() {
  const shown = boxes();
  const here = shown.filter((box) => box.checked).length;
  const picker = document.getElementById("pick-all");
  if (picker) {
    picker.checked = shown.length > 0 && here === shown.length;
    picker.indeterminate = here > 0 && here < shown.length;
  }
  const isAll = all().checked;
  document.getElementById("chosen").textContent =
    isAll ? "All selected" : chosen.size ? `${chosen.size.toLocaleString()} selected` : "None selected";
  form.classList.toggle("idle", !isAll && !chosen.size); // a phone has no room for what cannot be done
  for (const button of form.querySelectorAll(".acts button")) button.disabled = !isAll && !chosen.size;
}

function keep(box) {
  if (box.checked) chosen.add(box.value);
  else chosen.delete(box.value);
}

/** Rows that came anew are chosen as those they replace were. */
function restore() {
  for (const box of boxes()) box.checked = chosen.has(box.value);
  show();
}

function forget() {
  chosen.clear();
  anchor = null;
  all().checked = false;
  restore();
}

function pick(event) {
  const box = event.target.closest('#document-rows input[name="id"]');
  if (!box) return;
  const shown = boxes();
  const from = shown.findIndex((it) => it.value === anchor);
  if (event.shiftKey && from >= 0) {
    const to = shown.indexOf(box);
    for (const it of shown.slice(Math.min(from, to), Math.max(from, to) + 1)) {
      it.checked = box.checked;
      keep(it);
    }
  }
  keep(box);
  anchor = box.value;
  show();
}

function move(event) {
  const box = event.target.closest('#document-rows input[name="id"]');
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!box || !step || event.ctrlKey || event.metaKey || event.altKey) return;
  const next = boxes()[boxes().indexOf(box) + step];
  if (!next) return;
  event.preventDefault();
  if (event.shiftKey) {
    next.checked = box.checked;
    keep(next);
    anchor = next.value;
    show();
  }
  next.focus();
}

async function act(event) {
  const button = event.submitter;
  if (!button || button.hasAttribute("data-export")) return;
  event.preventDefault();
  const action = button.value;
  const type = document.getElementById("bulk-type").value;
  if (action === "retype" && !type) {
    notice("Choose a type first.", true);
    document.getElementById("bulk-type").focus();
    return;
  }
  const count = all().checked ? "all documents that match" : plural(chosen.size);
  const question = `Delete ${count}? Their files and all that was found on them are gone for good.`;
  if (action === "delete" && !window.confirm(question)) return;
  if (action !== "delete" && all().checked && !window.confirm(`${WORDS[action][0]}: ${count}?`)) return;
  await run(action, type);
}

async function run(action, type) {
  const report = { done: 0, unchanged: 0, failed: [] };
  const ids = [...chosen];
  const isAll = all().checked;
  const total = isAll ? null : ids.length;
  let at = 0;
  let cursor = "";
  let more = true;
  progress(0, total);
  stopped = false;
  while (more && !stopped) {
    const body = new URLSearchParams({ action, type, sure: "1" });
    if (isAll) {
      body.set("all", "1");
      body.set("limit", String(BATCH));
      body.set("cursor", cursor);
    } else for (const id of ids.slice(at, at + BATCH)) body.append("id", id);
    const answer = await send(body);
    if (!answer) break;
    for (const it of answer.outcomes) {
      if (it.result === "failed") report.failed.push(it);
      else report[it.result] += 1;
      refresh(it.id);
    }
    at += isAll ? answer.outcomes.length : BATCH;
    cursor = answer.cursor;
    more = isAll ? answer.more && at < MOST : at < ids.length;
    progress(Math.min(at, total ?? at), total);
    if (isAll && answer.more && !more) report.more = true;
  }
  document.getElementById("bulk-progress").hidden = true;
  tell(action, report, stopped);
  forget();
}

async function send(body) {
  try {
    const headers = { Accept: "application/json", ...tokenHeaders() };
    const answer = await fetch(address(), { method: "POST", body, headers });
    const told = await answer.json();
    if (answer.ok) return told;
    notice(told.detail ?? "That was not possible.", true);
  } catch {
    notice("The server did not answer. What was done so far is done; please try again.", true);
  }
  return null;
}

function progress(done, total) {
  const bar = document.getElementById("bulk-bar");
  document.getElementById("bulk-progress").hidden = false;
  document.getElementById("bulk-text").textContent =
    total === null ? `${done.toLocaleString()} so far` : `${done.toLocaleString()} of ${total.toLocaleString()}`;
  if (total === null) bar.removeAttribute("value");
  else bar.value = total ? done / total : 1;
}

function tell(action, report, wasStopped) {
  const parts = [`${plural(report.done)} ${WORDS[action][1]}`];
  if (report.unchanged) parts.push(`nothing to do for ${report.unchanged.toLocaleString()}`);
  if (report.failed.length) parts.push(`not possible for ${report.failed.length.toLocaleString()}`);
  if (wasStopped) parts.push("stopped");
  if (report.more) parts.push(`there are more than ${MOST.toLocaleString()}; do it again for the next`);
  const line = document.createElement("p");
  line.textContent = `${parts.join(", ")}.`;
  const box = document.createElement("div");
  box.className = "card report";
  box.append(line);
  if (report.failed.length) {
    const list = document.createElement("ul");
    for (const it of report.failed.slice(0, 100)) {
      const item = document.createElement("li");
      item.textContent = `${it.name || it.id}: ${it.detail}`;
      list.append(item);
    }
    box.append(list);
  }
  document.getElementById("report").replaceChildren(box);
}

function announce(message) {
  if (message.name !== "received" || document.getElementById(`row-${message.document}`)) return;
  fresh += 1;
  const line = document.getElementById("fresh");
  line.firstElementChild.textContent = `${plural(fresh)} came in meanwhile. Show`;
  line.hidden = false;
}

document.addEventListener("click", pick);
document.addEventListener("keydown", move);
document.addEventListener("change", (event) => {
  if (event.target.id === "pick-all") {
    for (const box of boxes()) {
      box.checked = event.target.checked;
      keep(box);
    }
  }
  if (event.target.id === "all" || event.target.id === "pick-all") show();
});
form.addEventListener("submit", act);
document.getElementById("bulk-stop").addEventListener("click", () => {
  stopped = true;
});
onSwapped(({ trigger }) => {
  if (trigger?.id === "filters") {
    forget();
    const query = location.search;
    form.setAttribute("action", `${address().split("?")[0]}${query}`);
    for (const it of form.querySelectorAll("[formaction]"))
      it.setAttribute("formaction", `${it.getAttribute("formaction").split("?")[0]}${query}`);
  } else restore();
});
onDocument(announce);
// An ordinary export sends what is chosen, also on rows that are not shown any more.
form.addEventListener("formdata", ({ formData }) => {
  formData.delete("id");
  for (const id of chosen) formData.append("id", id);
});
restore();
