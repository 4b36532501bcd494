// The tables of a review: rows put in, taken out, filled from the page, accepted as a whole.
import {
  addButton, current, focusOn, goOn, inputAt, isEditable, placeOf, root, send, spentHere, state,
} from "./review-fields.js";
import { notice } from "./swap.js";

const rowsOf = (table) => [...document.getElementById(`t-${table}`).querySelectorAll("tbody tr")];

/** The table that the focus is in: at one of its cells, or at a button of it. */
export const tableHere = () =>
  document.activeElement?.closest?.(".table")?.dataset.table ?? null;

/** The row of the cell that the focus is in, as `items/2`; `null` in other fields. */
export const rowHere = () => {
  const place = placeOf(current());
  return place?.includes("/") ? place.split("/").slice(0, 2).join("/") : null;
};

function cellAt(input, step) {
  const row = input.closest("tr");
  const column = [...row.cells].indexOf(input.closest("td"));
  const rows = [...row.parentElement.rows];
  const next = rows[rows.indexOf(row) + step];
  return next?.cells[column]?.querySelector("input[name=value]") ?? null;
}

export const goRow = (input, step) => focusOn(cellAt(input, step));

function focusRow(place) {
  const [table, number] = place.split("/");
  const rows = rowsOf(table);
  const row = rows[Math.min(Number(number ?? 0), rows.length - 1)];
  focusOn(row?.querySelector("input[name=value]") ?? addButton(table));
}

async function change(action, place, more = {}) {
  if (!isEditable()) return false;
  const values = { action, revision: state().revision, milliseconds: spentHere(), ...more };
  const answer = await send(`rows/${place}`, values);
  if (!answer?.ok) return false;
  document.dispatchEvent(new CustomEvent("review:changed"));
  return true;
}

/** Put a row in, take it out or put it back; its first cell has the focus then. */
export async function changeRow(action, place) {
  if (!(await change(action, place))) return;
  focusRow(place);
  if (action === "remove") offer("The row is out.", place);
}

/** All rows are right but for what a rule finds wrong; then to what is left. */
export async function acceptRows(table) {
  if (table && (await change("accept", table))) goOn();
}

/** The document has no such table; then to what is left. */
export async function clearTable(table) {
  if (!table || !(await change("clear", table))) return;
  goOn();
  offer("The table is out.", table);
}

/** Words of the page for a row, each in the column that it stands in; or for a new one below. */
export async function fillRow(place, words, turn, { add = false } = {}) {
  const [table, number] = place.split("/");
  const target = add ? `${table}/${Number(number) + 1}` : place;
  if (add && !(await change("insert", target))) return;
  const isFilled = await change("fill", target, { words: JSON.stringify(words), turn });
  if (isFilled || add) focusRow(target);
}

function offer(text, place) {
  notice(`${text} `);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.id = "row-back";
  button.textContent = "Put it back";
  button.addEventListener("click", async () => {
    notice("");
    await changeRow("restore", place);
  });
  document.querySelector("#notice p").append(button);
}

root.addEventListener("click", (event) => {
  const wish = event.target.closest("button")?.dataset ?? {};
  if (wish.addRow) changeRow("insert", wish.addRow);
  if (wish.removeRow) changeRow("remove", wish.removeRow);
  if (wish.acceptRows) acceptRows(wish.acceptRows);
  if (wish.clearTable) clearTable(wish.clearTable);
});
