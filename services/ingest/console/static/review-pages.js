// The pages of a review: boxes of fields, words, zoom and turning. All in PDF points: the
// drawing is scaled by its viewBox alone.
import { current, inputAt, isEditable, placeOf } from "./review-fields.js";

const SVG = "http://www.w3.org/2000/svg";
const root = document.getElementById("review");
const sheets = document.getElementById("sheets");
const MODES = ["mine", "all", "none"];
let mode = "mine";
let zoom = 3;

export const sheetAt = (number) => document.getElementById(`page-${number}`);
export const drawn = (sheet) => sheet.querySelector("svg");
const shape = (sheet, x0, y0, x1, y1) => {
  const rect = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ x: x0, y: y0, width: x1 - x0, height: y1 - y0 }))
    rect.setAttribute(name, value);
  return rect;
};
export const boxesOf = (text) =>
  (text ? text.split(";") : []).map((it) => it.split(",").map(Number));

/** A box stands so many pixels off its words, however large they are shown. */
const AIR = 3;
const pointsPerPixel = (sheet) =>
  drawn(sheet).viewBox.baseVal.width / (sheet.clientWidth || drawn(sheet).viewBox.baseVal.width);

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
      const air = AIR * pointsPerPixel(sheet);
      const rect = shape(sheet, x0 - air, y0 - air, x1 + air, y1 + air);
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

const asked = new WeakMap(); // of sheets, their words: once they are there, or on their way

/** A page's words, fetched when they are first wanted; whether they are there. */
export function words(sheet) {
  if (!asked.has(sheet)) {
    const found = load(sheet).catch(() => false); // the server does not answer
    asked.set(sheet, found);
    found.then((isThere) => isThere || asked.delete(sheet));
  }
  return asked.get(sheet);
}

async function load(sheet) {
  const answer = await fetch(sheet.dataset.words, { headers: { Accept: "application/json" } });
  if (!answer.ok) return false;
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
  return true;
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
  if (!sheet || !(await words(sheet))) return null;
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
  drawBoxes();
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

/** Say in the strip and the list which page is seen. */
function markSeen() {
  const number = seen()?.dataset.page;
  const strip = document.getElementById("strip");
  if (number === undefined || !strip) return;
  const now = strip.querySelector(`[data-go="${number}"]`);
  if (now.hasAttribute("aria-current")) return;
  strip.querySelector("[aria-current]")?.removeAttribute("aria-current");
  now.setAttribute("aria-current", "true");
  strip.scrollTo({ left: now.offsetLeft - strip.offsetLeft - strip.clientWidth / 2 });
  document.getElementById("page-number").value = number;
}
sheets.addEventListener("scroll", () => requestAnimationFrame(markSeen), { passive: true });
document.getElementById("strip")?.addEventListener("click", (event) => {
  const go = event.target.closest("[data-go]");
  if (go) goToPage(Number(go.dataset.go));
});
markSeen();

export function goToPage(number) {
  const sheet = sheetAt(Math.min(Math.max(0, number), Number(root.dataset.pages) - 1));
  sheet?.scrollIntoView({ block: "start" });
}

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
