// The board: a card dragged to another stage is asked of the server, which may refuse and say what is missing; then
// the card goes back. Each card's own menu does the same with a keyboard, and without scripts as a plain form.
//
//   <div class="board" data-board>
//     <ul class="board-cards" data-stage-id="2" data-stage-name="研判">
//       <li class="board-card draggable" data-project-id="7" data-version="3" data-move-url="/projects/7/stage-changes">
//         … <form data-move-form> with a select named to_stage_id (and version, csrf_token) inside <details> …
//
// Shift and an arrow, with the cursor in a card, move it to the stage beside.
//
// Sent: to_stage_id, version, csrf_token. A success may redirect; a refusal (409, 422) answers a fragment or a page, whose
// main part is shown in a dialog. A card that may not be moved is not .draggable.
import { AutoScroll, Sortable } from "sortablejs/modular/sortable.core.esm.js";
import { showNotice, texts, toast } from "./messages.js";
import { csrfToken, isSignedOut, signInAgain } from "./server.js";

Sortable.mount(new AutoScroll());

function setUp(board) {
  for (const column of board.querySelectorAll("[data-stage-id]")) {
    Sortable.create(column, {
      group: "stages",
      // Cards that one may not move are filtered rather than left out: one may drop on them.
      draggable: ".board-card",
      filter: ".menu, a, .board-card:not(.draggable)",
      preventOnFilter: false,
      sort: false,
      animation: 120,
      delay: 180,
      delayOnTouchOnly: true,
      ghostClass: "drag-ghost",
      onMove: ({ to }) => highlight(board, to),
      onEnd: ({ item, from, to, oldIndex }) => {
        highlight(board, null);
        if (from !== to) move(item, to, () => from.insertBefore(item, from.children[oldIndex] ?? null));
      },
    });
  }
}

function highlight(board, column) {
  for (const each of board.querySelectorAll(".drop-target")) each.classList.remove("drop-target");
  column?.closest(".board-column")?.classList.add("drop-target");
}

// The menu of a card sends what dragging sends, so that a refusal is told in place.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-move-form]");
  if (!form) return;
  event.preventDefault();
  const stage = form.elements.to_stage_id.value;
  const card = form.closest("[data-project-id]");
  form.closest("details").open = false;
  move(card, document.querySelector(`[data-stage-id="${CSS.escape(stage)}"]`), () => {});
}, { capture: true });

// With the keyboard: the stage beside.
document.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const card = event.target.closest?.(".board-card.draggable");
  if (!step || !event.shiftKey || event.altKey || event.ctrlKey || event.metaKey || !card) return;
  if (event.target.matches("select, input")) return;
  const columns = [...document.querySelectorAll("[data-stage-id]")];
  const beside = columns[columns.indexOf(card.parentElement) + step];
  if (!beside) return;
  event.preventDefault();
  move(card, beside, () => {});
});

async function move(card, column, putBack) {
  card.classList.add("is-moving");
  try {
    const response = await fetch(card.dataset.moveUrl, {
      method: "POST",
      headers: { "X-CSRFToken": csrfToken() },
      body: new URLSearchParams({ to_stage_id: column.dataset.stageId, version: card.dataset.version, csrf_token: csrfToken() }),
    });
    if (isSignedOut(response)) return signInAgain();
    if (!response.ok) return await refuse(response, card, putBack);
    await refresh(card, column);
    toast(texts.moved.replace("{stage}", column.dataset.stageName), "success");
  } catch {
    putBack();
    toast(texts.networkFailed, "error");
  } finally {
    card.classList.remove("is-moving");
  }
}

async function refuse(response, card, putBack) {
  putBack();
  await showNotice(await response.text());
  card.querySelector("summary")?.focus();
}

// Sums, counts and the card's new version are the server's. What was loaded by scrolling stays where it is.
async function refresh(card, column) {
  const { projectId } = card.dataset;
  const [page, fresh] = await Promise.all([fetched(location.href), fetched(`/projects/${projectId}/card`)]);
  for (const part of ["[data-column-head]", "[data-board-total]", "[data-board-switch]"]) {
    const now = page.querySelectorAll(part);
    document.querySelectorAll(part).forEach((old, place) => now[place] && old.replaceWith(now[place]));
  }
  const moved = fresh.querySelector("[data-project-id]");
  card.remove();
  column.prepend(moved);
  column.closest(".board-column").classList.remove("is-empty");
  moved.querySelector("summary, a")?.focus({ preventScroll: true });
}

async function fetched(address) {
  const response = await fetch(address, { headers: { Accept: "text/html" } });
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

document.querySelectorAll("[data-board]").forEach(setUp);
