// Words of the page for a field or a table's row: by a click, by a line drawn over them, by keys.
import { current, focusOn, inputAt, isEditable, markAt, placeOf } from "./review-fields.js";
import { boxesOf, drawBoxes, drawn, seen, sheetAt, words } from "./review-pages.js";
import { fillRow, rowHere } from "./review-table.js";

const sheets = document.getElementById("sheets");
const told = document.getElementById("word");
let cursor = null;
let picked = [];

function boxOf(rect) {
  const page = Number(rect.closest(".sheet").dataset.page);
  const [x, y, w, h] = ["x", "y", "width", "height"].map((it) => Number(rect.getAttribute(it)));
  return { page, x0: x, y0: y, x1: x + w, y1: y + h };
}

function take(rects, { add = false } = {}) {
  const input = current();
  if (!input || !isEditable() || !rects.length) return;
  const boxes = rects.map(boxOf);
  const text = rects.map((it) => it.dataset.text).join(" ");
  const before = add && input.dataset.boxes ? JSON.parse(input.dataset.boxes) : [];
  input.value = add && input.value ? `${input.value} ${text}` : text;
  input.dataset.boxes = JSON.stringify([...before, ...boxes]);
  drawBoxes();
}

/** The word with which a field's label begins on the page, if it is there. */
function labelled(rects, label) {
  const bare = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  const [one, two = ""] = label.split(" ").map(bare);
  const firsts = rects.filter((it) => bare(it.dataset.text) === one);
  return firsts.find((it) => bare(it.nextSibling?.dataset.text ?? "").startsWith(two[0])) ?? firsts[0];
}

/** To the words of the page, on the first one of the field. */
export async function startPicking() {
  const input = current();
  if (!input || !isEditable()) return;
  const first = boxesOf(markAt(placeOf(input)).dataset.boxes)[0];
  const sheet = sheetAt(first ? first[0] : Number(seen()?.dataset.page ?? 0));
  if (!sheet) return;
  await words(sheet);
  const all = [...sheet.querySelectorAll("rect.word")];
  if (!all.length) return;
  const label = first ? null : labelled(all, input.getAttribute("aria-label"));
  const at = first ? [(first[1] + first[3]) / 2, (first[2] + first[4]) / 2] : label ? middle(label) : [0, 0];
  picked = [];
  const svg = drawn(sheet);
  svg.tabIndex = 0;
  svg.focus({ preventScroll: true });
  moveTo(all.reduce((a, b) => (distance(b, at) < distance(a, at) ? b : a)));
}

const middle = (rect) => {
  const [x, y, w, h] = ["x", "y", "width", "height"].map((name) => Number(rect.getAttribute(name)));
  return [x + w / 2, y + h / 2];
};
const distance = (rect, [x, y]) => {
  const [a, b] = middle(rect);
  return Math.hypot(a - x, b - y);
};

function moveTo(rect) {
  cursor?.classList.remove("cursor");
  cursor = rect;
  cursor.classList.add("cursor");
  cursor.scrollIntoView({ block: "nearest", inline: "nearest" });
  told.textContent = cursor.dataset.text;
}

/** The nearest word in a direction; words of the same line count as nearer. */
export function moveWord(dx, dy) {
  if (!cursor) return;
  const turned = (Number(cursor.closest(".sheet").dataset.turn ?? 0) * Math.PI) / 180;
  const [ux, uy] = [
    Math.round(dx * Math.cos(turned) + dy * Math.sin(turned)),
    Math.round(-dx * Math.sin(turned) + dy * Math.cos(turned)),
  ];
  const from = middle(cursor);
  let best = null;
  let least = Infinity;
  for (const rect of cursor.parentElement.children) {
    const [x, y] = middle(rect);
    const along = (x - from[0]) * ux + (y - from[1]) * uy;
    const across = Math.abs((x - from[0]) * uy) + Math.abs((y - from[1]) * ux);
    if (along <= 1) continue;
    const cost = along + across * (ux ? 6 : 2);
    if (cost < least) [best, least] = [rect, cost];
  }
  if (best) moveTo(best);
}

export function addWord() {
  if (!cursor) return;
  picked = picked.includes(cursor) ? picked.filter((it) => it !== cursor) : [...picked, cursor];
  cursor.classList.toggle("picked", picked.includes(cursor));
  told.textContent = picked.map((it) => it.dataset.text).join(" ");
}

/** Back to the field, with the words or without. */
export function endPicking(isTaken) {
  const input = current();
  if (isTaken && cursor) take(picked.length ? picked : [cursor]);
  for (const rect of sheets.querySelectorAll("rect.picked, rect.cursor"))
    rect.classList.remove("picked", "cursor");
  const svg = cursor && drawn(cursor.closest(".sheet"));
  if (svg) svg.removeAttribute("tabindex");
  cursor = null;
  picked = [];
  focusOn(input);
}

/** The words that stand in a line with one, as the page is shown. */
function lineOf(rect) {
  const lies = Number(rect.closest(".sheet").dataset.turn ?? 0) % 180 !== 0;
  const [low, high] = lies ? ["x0", "x1"] : ["y0", "y1"];
  const own = boxOf(rect);
  return [...rect.parentElement.children].filter((other) => {
    const box = boxOf(other);
    const middle = (box[low] + box[high]) / 2;
    return own[low] <= middle && middle <= own[high];
  });
}

/** Words for the row that is being worked on, each in its column. */
function takeForRow(rects, more) {
  const place = rowHere();
  if (!place || !isEditable() || !rects.length) return false;
  const words = rects.map((it) => ({ text: it.dataset.text, box: boxOf(it) }));
  fillRow(place, words, rects[0].closest(".sheet").dataset.turn ?? "0", more);
  return true;
}

/** The line of the word, or the words that were picked, for the row of the table. */
export function takeLine(more) {
  if (!cursor || !rowHere()) return;
  const rects = picked.length ? picked : lineOf(cursor);
  endPicking(false);
  takeForRow(rects, more);
}

// A line drawn over words takes them all: for a table's row, else for the field.
let drag = null;

function swept(event) {
  const turned = drag.sheet.querySelector("g.turned").getScreenCTM().inverse();
  const [from, to] = [drag, event].map((it) =>
    new DOMPoint(it.clientX, it.clientY).matrixTransform(turned),
  );
  return [...drag.sheet.querySelectorAll("rect.word")].filter((rect) => {
    const box = boxOf(rect);
    return (
      box.x0 < Math.max(from.x, to.x) && box.x1 > Math.min(from.x, to.x) &&
      box.y0 < Math.max(from.y, to.y) && box.y1 > Math.min(from.y, to.y)
    );
  });
}

sheets.addEventListener("mousedown", (event) => {
  const sheet = event.target.closest("svg")?.closest(".sheet");
  if (!sheet || event.button !== 0) return;
  event.preventDefault(); // the focus stays in the field
  drag = { sheet, clientX: event.clientX, clientY: event.clientY, rects: null };
});
addEventListener("mousemove", (event) => {
  if (!drag) return;
  const far = Math.hypot(event.clientX - drag.clientX, event.clientY - drag.clientY);
  if (!drag.rects && far < 5) return;
  for (const rect of drag.rects ?? []) rect.classList.remove("picked");
  drag.rects = swept(event);
  for (const rect of drag.rects) rect.classList.add("picked");
});
addEventListener("mouseup", (event) => {
  const rects = drag?.rects;
  if (rects) setTimeout(() => (drag = null)); // once the click that follows has come
  else drag = null;
  if (!rects?.length) return;
  for (const rect of rects) rect.classList.remove("picked");
  if (!takeForRow(rects, { add: event.shiftKey })) take(rects, { add: event.shiftKey });
  current()?.focus();
});
sheets.addEventListener("click", (event) => {
  if (drag) return;
  const hits = document.elementsFromPoint(event.clientX, event.clientY);
  const box = hits.find((it) => it.matches?.("rect.box"));
  const word = hits.find((it) => it.matches?.("rect.word"));
  const isOther = box && box.dataset.place !== placeOf(current());
  const isPick = event.ctrlKey || event.metaKey || event.shiftKey;
  if (isOther && !isPick) focusOn(inputAt(box.dataset.place));
  else if (word && current()) {
    take([word], { add: event.shiftKey });
    current().focus();
  }
});
