// The table of projects as a sheet: arrows move between cells, Enter, F2 or a second click edits the cell in place, what
// was copied from a spreadsheet is pasted over the cells from here on. Every rule and right is the server's.
//
//   <table data-edit-table data-columns="name,stage" data-paste-url="/pipeline/cells">
//     <tr data-project="7" data-version="3"><td data-cell="park" tabindex="0">…
import { showNotice, texts, toast } from "./messages.js";
import { csrfToken, isSignedOut, signInAgain } from "./server.js";

const table = document.querySelector("[data-edit-table]");
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

table?.addEventListener("keydown", (event) => {
  const cell = event.target.closest("td[data-cell]");
  if (!cell || event.target !== cell) return;
  if (STEPS[event.key]) {
    event.preventDefault();
    beside(cell, ...STEPS[event.key])?.focus();
  } else if (event.key === "Enter" || event.key === "F2") {
    event.preventDefault();
    edit(cell);
  }
});

// The first click chooses a cell, the next one edits it: so it is the same with a finger.
let chosen = null;
table?.addEventListener("pointerdown", (event) => { chosen = event.target.closest("td[data-cell]:focus"); });
table?.addEventListener("click", (event) => {
  const cell = event.target.closest("td[data-cell]");
  if (cell && cell === chosen && !event.target.closest("a, form")) edit(cell);
});
table?.addEventListener("dblclick", (event) => {
  const cell = event.target.closest("td[data-cell]");
  if (cell && !event.target.closest("a, form")) edit(cell);
});

function beside(cell, down, right) {
  const row = cell.parentElement;
  if (!down) {
    const cells = [...row.querySelectorAll("td[data-cell]")];
    return cells[cells.indexOf(cell) + right];
  }
  for (let next = row; (next = down > 0 ? next.nextElementSibling : next.previousElementSibling);) {
    const found = next.querySelector(`td[data-cell="${cell.dataset.cell}"]`);
    if (found) return found;
  }
  return null;
}

const opening = new WeakSet();

async function edit(cell) {
  // A second tap while the form is on its way would open another one within the first.
  if (cell.querySelector("form") || opening.has(cell)) return;
  opening.add(cell);
  const before = [...cell.childNodes];
  const response = await ask(`/projects/${cell.parentElement.dataset.project}/cells/${cell.dataset.cell}`);
  opening.delete(cell);
  if (!response?.ok) return;
  const form = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("form");
  cell.replaceChildren(form);
  const control = form.elements[0];
  control.focus();
  control.select?.();
  let isOver = false;
  const leave = (save) => {
    if (isOver) return;
    isOver = true;
    if (save) return store(cell, form, before);
    cell.replaceChildren(...before);
    cell.focus();
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); event.stopPropagation(); leave(true); });
  form.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); leave(false); } });
  if (control.matches("select")) control.addEventListener("change", () => leave(true));
  control.addEventListener("blur", () => leave(control.value !== control.defaultValue && !control.matches("select")));
}

async function store(cell, form, before) {
  const row = cell.parentElement;
  const body = new URLSearchParams(new FormData(form));
  body.set("version", row.dataset.version);
  const response = await ask(`${form.getAttribute("action")}?columns=${encodeURIComponent(table.dataset.columns)}`, body);
  cell.replaceChildren(...before);
  if (!response) return cell.focus();
  if (!response.ok) {
    await showNotice(await response.text());
    if (response.status === 409) await renew(row, cell.dataset.cell);
    else cell.focus();
    return;
  }
  put(row, await response.text(), cell.dataset.cell);
  toast(texts.saved, "success");
}

async function renew(row, field) {
  const response = await ask(`/projects/${row.dataset.project}/row?columns=${encodeURIComponent(table.dataset.columns)}`);
  if (response?.ok) put(row, await response.text(), field);
}

function put(row, html, field) {
  const fresh = new DOMParser().parseFromString(`<table>${html}</table>`, "text/html").querySelector("tr");
  const tick = row.querySelector("input[name=ids]")?.checked;
  row.replaceWith(fresh);
  if (tick) fresh.querySelector("input[name=ids]").checked = true;
  fresh.querySelector(`td[data-cell="${field}"]`)?.focus();
}

// A rectangle of cells, laid over the table from the chosen cell on: columns that cannot be edited stay in between.
table?.addEventListener("paste", async (event) => {
  const start = event.target.closest("td[data-cell]");
  if (!start || event.target !== start) return;
  event.preventDefault();
  const lines = event.clipboardData.getData("text/plain").replace(/\r/g, "").replace(/\n$/, "").split("\n");
  const place = [...start.parentElement.children].indexOf(start);
  const body = new URLSearchParams();
  let row = start.parentElement;
  for (const line of lines) {
    if (!row) break;
    line.split("\t").forEach((text, offset) => {
      const cell = row.children[place + offset];
      if (cell?.dataset.cell) body.append("cell", [row.dataset.project, row.dataset.version, cell.dataset.cell, text.trim()].join(":"));
    });
    row = row.nextElementSibling;
  }
  if (![...body].length) return;
  // The redirect is not followed here: the page that is then loaded shows the note with the way back.
  const response = await ask(table.dataset.pasteUrl, body, "manual");
  if (!response) return;
  if (response.type === "opaqueredirect") return location.reload();
  await showNotice(await response.text());
  start.focus();
});

async function ask(address, body, redirect = "follow") {
  try {
    const response = await fetch(address, body
      ? { method: "POST", headers: { "X-CSRFToken": csrfToken(), Accept: "text/html" }, body, redirect }
      : { headers: { Accept: "text/html" } });
    if (isSignedOut(response)) { signInAgain(); return null; }
    return response;
  } catch {
    toast(texts.networkFailed, "error");
    return null;
  }
}

// How many are ticked stands on the button; the head's tick takes all of the page.
const button = document.querySelector("[data-ticked]");
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-tick-all], input[name=ids]")) return;
  if (event.target.matches("[data-tick-all]")) {
    for (const each of document.querySelectorAll("input[name=ids]")) each.checked = event.target.checked;
  }
  const count = document.querySelectorAll("input[name=ids]:checked").length;
  button.textContent = count ? ` · ${count}` : "";
});

// Ticked columns travel as one argument, as links and saved views have them.
document.querySelector("[data-columns-form]")?.addEventListener("submit", ({ target }) => {
  const ticked = [...target.querySelectorAll("input[name=columns]:checked")].map((each) => each.value);
  for (const each of target.querySelectorAll("input[name=columns]")) each.disabled = each.type === "checkbox";
  target.querySelector("input[type=hidden][name=columns]").value = ticked.join(",");
});
