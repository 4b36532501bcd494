// The review screen: keys and buttons to what they do.
import { KEYS, actOf } from "./review-keys.js";
import * as fields from "./review-fields.js";
import { keepLock } from "./review-lock.js";
import * as pages from "./review-pages.js";
import * as picking from "./review-words.js";
import * as tables from "./review-table.js";
import { notice } from "./swap.js";

const root = fields.root;
const byId = (id) => document.getElementById(id);
let isDecoded = false;

async function acceptAndGo(onwards) {
  const input = fields.current();
  if (!input || document.activeElement !== input) return;
  if (await fields.accept(input)) onwards();
}

async function approve(signOff = "") {
  if (!fields.isEditable()) return;
  if (!isDecoded) {
    notice("The page is still being loaded; look at it first.");
    return;
  }
  const input = fields.current();
  if (input && document.activeElement === input && fields.isTyped(input)) {
    if (!(await fields.accept(input))) return;
  }
  const values = { revision: fields.state().revision, sign_off: signOff, milliseconds: fields.spent() };
  const answer = await fields.send("approve", values);
  if (answer?.status === 409 && byId("flags").children.length && !signOff) {
    byId("sign-off-dialog").showModal();
    byId("sign-off").focus();
  }
}

let turning = null;

/** Have the pages read again that were turned; what was said of values stays. */
async function readAgain() {
  if (!fields.isEditable()) return;
  const input = fields.current();
  if (input && fields.isTyped(input) && !(await fields.accept(input))) return;
  await turning;
  await fields.send("read-again", {});
}

function reject() {
  if (!fields.isEditable()) return;
  byId("reject-dialog").showModal();
}

function help() {
  const body = byId("keys-table");
  body.replaceChildren(
    ...KEYS.map(({ key, tells }) => {
      const row = document.createElement("tr");
      const name = document.createElement("th");
      const shown = document.createElement("kbd");
      shown.textContent = key;
      name.append(shown);
      name.scope = "row";
      const cell = document.createElement("td");
      cell.textContent = tells;
      row.append(name, cell);
      return row;
    }),
  );
  byId("keys-dialog").showModal();
}

const seenPage = () => Number(pages.seen()?.dataset.page ?? 0);
const row = () => fields.placeOf(fields.current()).split("/");
const ACTS = {
  accept: () => acceptAndGo(fields.goOn),
  acceptBack: () => acceptAndGo(() => fields.goToStop(-1)),
  approve: () => approve(),
  absent: async () => (await fields.accept(fields.current(), { absent: true })) && fields.goOn(),
  restore: () => fields.restore(fields.current()),
  pick: () => picking.startPicking(),
  reject,
  turn: async () => {
    const turned = await pages.turn();
    if (turned && fields.isEditable()) turning = fields.send("turn", turned);
  },
  nextStop: () => fields.goToStop(1),
  previousStop: () => fields.goToStop(-1),
  boxes: () => pages.nextMode(),
  nextPage: () => pages.goToPage(seenPage() + 1),
  previousPage: () => pages.goToPage(seenPage() - 1),
  readAgain: () => readAgain(),
  rowDown: () => tables.goRow(fields.current(), 1),
  rowUp: () => tables.goRow(fields.current(), -1),
  addRow: () => tables.changeRow("insert", `${row()[0]}/${Number(row()[1]) + 1}`),
  removeRow: () => tables.changeRow("remove", row().slice(0, 2).join("/")),
  acceptRows: () => tables.acceptRows(tables.tableHere()),
  clearTable: () => tables.clearTable(tables.tableHere()),
  wordLeft: () => picking.moveWord(-1, 0),
  wordRight: () => picking.moveWord(1, 0),
  wordUp: () => picking.moveWord(0, -1),
  wordDown: () => picking.moveWord(0, 1),
  wordAdd: () => picking.addWord(),
  wordTake: () => picking.endPicking(true),
  lineTake: () => picking.takeLine(),
  lineAdd: () => picking.takeLine({ add: true }),
  wordLeave: () => picking.endPicking(false),
  help,
  nextDocument: () => location.assign(root.dataset.nextUrl),
  previousDocument: () => history.back(),
};

function placesOf(target) {
  if (target.closest("svg")) return ["page", "any"];
  if (target.matches(".value input[name=value]"))
    return target.closest("td") ? ["cell", "table", "field", "any"] : ["field", "any"];
  if (target.matches("input, select, textarea")) return ["any"];
  const table = target.closest(".table") ? ["table"] : [];
  return localStorage.getItem("review-letters") === "off"
    ? [...table, "any"]
    : [...table, "outside", "any"];
}

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]") || event.isComposing) return;
  const isHeldEnter = event.repeat && ["Enter", " "].includes(event.key);
  const act = actOf(event, placesOf(event.target));
  if (isHeldEnter) return event.preventDefault(); // a key held down accepts nothing more
  if (!act) return undefined;
  event.preventDefault();
  if (event.repeat && !/^(word|row)(Left|Right|Up|Down)$/.test(act)) return undefined;
  ACTS[act]();
  return undefined;
});

byId("approve-form")?.addEventListener("submit", (event) => {
  event.preventDefault();
  approve();
});
byId("sign-off-form").addEventListener("submit", () => approve(byId("sign-off").value.trim()));
byId("reject")?.addEventListener("click", reject);
byId("help").addEventListener("click", help);
byId("turn").addEventListener("click", ACTS.turn);
byId("read-again").addEventListener("click", readAgain);
byId("boxes").addEventListener("click", ACTS.boxes);
byId("zoom-in").addEventListener("click", () => pages.zoomBy(1));
byId("zoom-out").addEventListener("click", () => pages.zoomBy(-1));
byId("page-number")?.addEventListener("change", (event) => pages.goToPage(Number(event.target.value)));
for (const button of document.querySelectorAll("dialog [data-close]"))
  button.addEventListener("click", () => button.closest("dialog").close());
const letters = byId("letters");
if (letters) {
  letters.checked = localStorage.getItem("review-letters") !== "off";
  letters.addEventListener("change", () =>
    localStorage.setItem("review-letters", letters.checked ? "on" : "off"),
  );
}
document.addEventListener("review:changed", () => pages.drawBoxes());

// A page is drawn when somebody first looks at it, which can take longer than one answer.
const TRIES = 30;
const PATIENCE = 15_000;

async function drawn(image) {
  const paper = image.closest(".paper");
  for (let tries = 0; tries < TRIES; tries += 1) {
    try {
      await image.decode();
      delete paper.dataset.late;
      return;
    } catch {
      paper.dataset.late = "The page is being drawn…";
      await new Promise((done) => setTimeout(done, 1000));
      const address = image.getAttribute("src");
      image.src = "";
      image.src = address;
    }
  }
  paper.dataset.late = "There is no picture of this page.";
}

async function decoded() {
  const [first, ...others] = document.querySelectorAll(".sheet img");
  const button = byId("approve");
  button?.setAttribute("aria-disabled", "true");
  for (const image of others) image.addEventListener("error", () => drawn(image), { once: true });
  const late = new Promise((done) => setTimeout(done, PATIENCE, "late"));
  if (first && (await Promise.race([drawn(first), late])) === "late")
    notice("The picture of the page is not there yet. The values can be approved without it.");
  isDecoded = true;
  button?.removeAttribute("aria-disabled");
}

pages.drawBoxes();
byId("sheets").dataset.boxes = "mine";
decoded();
keepLock();
if (fields.isEditable()) fields.goOn();
