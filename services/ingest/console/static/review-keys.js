// All keys of the review screen, in one place; no key means two things. `where`: "field" in an
// input, "cell" in one of a table, "table" anywhere in it, "page" on the page's words, "outside" of inputs only, "any" everywhere but in dialogs.
export const KEYS = [
  { key: "Enter", where: "field", act: "accept", tells: "Save and accept, go to the next doubtful value; none left: to Approve" },
  { key: "Shift+Enter", where: "field", act: "acceptBack", tells: "The same, to the previous doubtful value" },
  { key: "Ctrl+Enter", where: "any", act: "approve", tells: "Approve the document" },
  { key: "Alt+Delete", where: "field", act: "absent", tells: "The document has no such value" },
  { key: "Escape", where: "field", act: "restore", tells: "The value as it was read; again: out of the field" },
  { key: "F2", where: "any", act: "pick", tells: "Pick words of the page for this field" },
  { key: "F4", where: "any", act: "reject", tells: "Reject the document" },
  { key: "F6", where: "any", act: "turn", tells: "Turn the page by a quarter" },
  { key: "Shift+F6", where: "any", act: "readAgain", tells: "Read the pages again that were turned" },
  { key: "F8", where: "any", act: "nextStop", tells: "Next doubtful value, without accepting" },
  { key: "Shift+F8", where: "any", act: "previousStop", tells: "Previous doubtful value" },
  { key: "F9", where: "any", act: "boxes", tells: "Boxes: mine, all, none" },
  { key: "Alt+PageDown", where: "any", act: "nextPage", tells: "Next page" },
  { key: "Alt+PageUp", where: "any", act: "previousPage", tells: "Previous page" },
  { key: "ArrowDown", where: "cell", act: "rowDown", tells: "In a table: the row below" },
  { key: "ArrowUp", where: "cell", act: "rowUp", tells: "In a table: the row above" },
  { key: "Ctrl+Shift+Enter", where: "cell", act: "addRow", tells: "In a table: a new row below" },
  { key: "Ctrl+Shift+Backspace", where: "cell", act: "removeRow", tells: "In a table: take the row out" },
  { key: "Alt+Enter", where: "table", act: "acceptRows", tells: "In a table: accept all rows" },
  { key: "Alt+Shift+Delete", where: "table", act: "clearTable", tells: "In a table: the document has no such table" },
  { key: "ArrowLeft", where: "page", act: "wordLeft", tells: "On the page: the next word to the left" },
  { key: "ArrowRight", where: "page", act: "wordRight", tells: "On the page: the next word to the right" },
  { key: "ArrowUp", where: "page", act: "wordUp", tells: "On the page: the next word above" },
  { key: "ArrowDown", where: "page", act: "wordDown", tells: "On the page: the next word below" },
  { key: "Space", where: "page", act: "wordAdd", tells: "On the page: add the word, or leave it out again" },
  { key: "Enter", where: "page", act: "wordTake", tells: "On the page: take the words, back to the field" },
  { key: "Shift+Enter", where: "page", act: "lineTake", tells: "On the page: take the line for the row of the table" },
  { key: "Ctrl+Shift+Enter", where: "page", act: "lineAdd", tells: "On the page: a new row of the table from the line" },
  { key: "Escape", where: "page", act: "wordLeave", tells: "On the page: back to the field, nothing taken" },
  { key: "?", where: "outside", act: "help", tells: "These keys" },
  { key: "j", where: "outside", act: "nextDocument", tells: "Next document, this one as it is" },
  { key: "k", where: "outside", act: "previousDocument", tells: "Previous document" },
];

/** How the table writes the key of an event; Cmd counts as Ctrl. */
export function keyOf(event) {
  const name = event.key === " " ? "Space" : event.key;
  const isSign = name.length === 1;
  const held = [
    (event.ctrlKey || event.metaKey) && "Ctrl",
    event.altKey && "Alt",
    event.shiftKey && !isSign && "Shift",
  ].filter(Boolean);
  return [...held, name].join("+");
}

/** What a key does at a place: `places` from the nearest to the widest. */
export function actOf(event, places) {
  const key = keyOf(event);
  for (const where of places) {
    const found = KEYS.find((it) => it.key === key && it.where === where);
    if (found) return found.act;
  }
  return null;
}
