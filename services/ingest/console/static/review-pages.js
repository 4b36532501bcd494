// The pages of a review: boxes of fields, words to pick, zoom and turning. All in PDF points: the
// drawing is scaled by its viewBox alone.
import { current, focusOn, inputAt, isEditable, markAt, placeOf } from "./review-fields.js";
import { fillRow, rowHere } from "./review-table.js";

const SVG = "http://www.w3.org/2000/svg";
const root = document.getElementById("review");
const sheets = document.getElementById("sheets");
const told = document.getElementById("word");
const MODES = ["mine", "all", "none"];
let mode = "mine";
let zoom = 3;
let cursor = null;
let picked = [];

const sheetAt = (number) => document.getElementById(`page-${number}`);
const drawn = (sheet) => sheet.querySelector("svg");
const shape = (sheet, x0, y0, x1, y1) => {
  const rect = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ x: x0, y: y0, width: x1 - x0, height: y1 - y0 }))
    rect.setAttribute(name, value);
  return rect;
};
const boxesOf = (text) =>
  (text ? text.split(";") : []).map((it) => it.split(",").map(Number));

/** Draw the boxes of all fields anew. */
export function drawBoxes() {
  for (const group of sheets.querySelectorAll("g.boxes")) group.replaceChildren();
  const active = placeOf(current());
  for (const mark of root.querySelectorAll("output.mark")) {
    const { place, state } = mark.dataset;
    const own = inputAt(place)?.dataset.boxes;
    const boxes = own
      ? JSON.parse(own).map((it) => [it.page, it.x0, it.y0, it.x1, it.y1])
      : boxesOf(mark.dataset.boxes);
    for (const [page, x0, y0, x1, y1] of boxes) {
      const sheet = sheetAt(page);
      if (!sheet) continue;
      const rect = shape(sheet, x0 - 1, y0 - 1, x1 + 1, y1 + 1);
      rect.dataset.place = place;
      rect.setAttribute("class", `box ${state}${place === active ? " lit" : ""}`);
      sheet.querySelector("g.boxes").append(rect);
    }
  }
}

/** Light the boxes of a field, and show the first of them. */
export function light(place, { scroll = false } = {}) {
  let first = null;
  for (const rect of sheets.querySelectorAll("rect.box")) {
    const isOwn = rect.dataset.place === place;
    rect.classList.toggle("lit", isOwn);
    if (isOwn) first ??= rect;
  }
  if (scroll && first) first.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** A page's words, fetched when they are first wanted. */
export async function words(sheet) {
  if (sheet.dataset.loaded) return;
  sheet.dataset.loaded = "true";
  const answer = await fetch(sheet.dataset.words, { headers: { Accept: "application/json" } });
  if (!answer.ok) {
    delete sheet.dataset.loaded;
    return;
  }
  const page = await answer.json();
  sheet.dataset.read = page.sheets > 1 ? "" : page.rotation; // of several each has its own
  sheet.dataset.width = page.width;
  sheet.dataset.height = page.height;
  const group = sheet.querySelector("g.words");
  for (const [text, x0, y0, x1, y1] of page.words) {
    const rect = shape(sheet, x0, y0, x1, y1);
    rect.setAttribute("class", "word");
    rect.dataset.text = text;
    group.append(rect);
  }
  turnTo(sheet, Number(sheet.dataset.turn ?? page.rotation));
}

function turnTo(sheet, degrees) {
  const { width, height } = sheet.dataset;
  sheet.dataset.turn = degrees;
  const lies = degrees % 180 !== 0;
  const [w, h] = lies ? [height, width] : [width, height];
  drawn(sheet).setAttribute("viewBox", `0 0 ${w} ${h}`);
  const moved = { 0: "", 90: `translate(${height} 0) rotate(90)`, 180: `translate(${width} ${height}) rotate(180)`, 270: `translate(0 ${width}) rotate(270)` };
  const group = sheet.querySelector("g.turned");
  group.setAttribute("transform", moved[degrees] ?? "");
  offerReading();
  const image = sheet.querySelector("img");
  let copy = group.querySelector("image");
  image.hidden = degrees !== 0; // a picture that is turned is part of the drawing
  if (degrees === 0) copy?.remove();
  else if (!copy) {
    copy = document.createElementNS(SVG, "image");
    copy.setAttribute("href", image.src);
    copy.setAttribute("width", width);
    copy.setAttribute("height", height);
    copy.setAttribute("preserveAspectRatio", "none");
    group.prepend(copy);
  }
}

/** Turn the page that is seen by a quarter; how far it is turned then. */
export async function turn() {
  const sheet = seen();
  if (!sheet) return null;
  await words(sheet);
  turnTo(sheet, (Number(sheet.dataset.turn) + 90) % 360);
  return { page: Number(sheet.dataset.page), turn: Number(sheet.dataset.turn) };
}

/** Say which page was read another way up than it is shown, and that it can be read again. */
function offerReading() {
  const misread = [...sheets.querySelectorAll(".sheet[data-read]")].filter(
    ({ dataset }) => dataset.read !== "" && dataset.read !== dataset.turn,
  );
  const numbers = misread.map((it) => Number(it.dataset.page) + 1);
  document.getElementById("misread").hidden = !numbers.length || !isEditable();
  document.getElementById("misread-pages").textContent =
    numbers.length > 1 ? `Pages ${numbers.join(", ")} were` : `Page ${numbers[0]} was`;
}

export function nextMode() {
  mode = MODES[(MODES.indexOf(mode) + 1) % MODES.length];
  sheets.dataset.boxes = mode;
  document.getElementById("boxes").textContent = `Boxes: ${mode}`;
}

export function zoomBy(step) {
  zoom = Math.min(6, Math.max(1, zoom + step));
  sheets.className = `sheets zoom-${zoom}`;
  for (const sheet of sheets.querySelectorAll(".sheet[data-near]")) sharpen(sheet);
}

/** The picture in twice the size, where it is shown larger than it is. */
async function sharpen(sheet) {
  const image = sheet.querySelector("img");
  const isFine = sheet.clientWidth * devicePixelRatio <= 1.1 * image.naturalWidth;
  if (sheet.dataset.sharp || !image.naturalWidth || isFine) return;
  sheet.dataset.sharp = "true";
  const large = new Image();
  large.src = `${image.getAttribute("src")}?size=large`;
  try {
    await large.decode();
  } catch {
    delete sheet.dataset.sharp; // still being drawn: with the next zoom
    return;
  }
  image.src = large.src;
  sheet.querySelector("g.turned image")?.setAttribute("href", large.src);
}

/** The page that most of is seen. */
export function seen() {
  const frame = sheets.getBoundingClientRect();
  const shown = (it) => {
    const box = it.getBoundingClientRect();
    return Math.min(box.bottom, frame.bottom) - Math.max(box.top, frame.top);
  };
  return [...sheets.querySelectorAll(".sheet")].sort((a, b) => shown(b) - shown(a))[0] ?? null;
}

export function goToPage(number) {
  const sheet = sheetAt(Math.min(Math.max(0, number), Number(root.dataset.pages) - 1));
  sheet?.scrollIntoView({ block: "start" });
}

// Words for a field, by mouse or by keys.

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
  const at = first ? [(first[1] + first[3]) / 2, (first[2] + first[4]) / 2] : [0, 0];
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

const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      target.toggleAttribute("data-near", isIntersecting);
      if (!isIntersecting) continue;
      words(target);
      sharpen(target);
    }
  },
  { root: sheets, rootMargin: "100%" },
);
for (const sheet of sheets.querySelectorAll(".sheet")) near.observe(sheet);

root.addEventListener("focusin", (event) => {
  if (event.target.matches(".value input[name=value]")) light(placeOf(event.target), { scroll: true });
});
for (const type of ["mouseover", "mouseout"]) {
  root.addEventListener(type, (event) => {
    const field = event.target.closest?.(".value");
    if (field) light(type === "mouseover" ? field.dataset.place : placeOf(current()));
  });
}
