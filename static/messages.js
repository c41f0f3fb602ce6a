// The sentences of the page's language (templates/ui_texts.html), short notes in the corner, and the notice dialog.
export const texts = JSON.parse(document.querySelector('meta[name="ui-texts"]').content);

/** Show a note for a few seconds; kind is success, error, warning or info. Screen readers hear it. */
export function toast(text, kind = "info") {
  const note = messageBox(text, kind);
  document.querySelector("[data-toasts]").append(note);
  setTimeout(() => note.remove(), kind === "error" ? 12_000 : 6_000);
}

/** A message element as macros/cards.html draws it, without the icon. */
export function messageBox(text, kind) {
  const box = document.createElement("div");
  box.className = `message message-${kind}`;
  const body = document.createElement("div");
  body.className = "message-body";
  body.textContent = text;
  box.append(body);
  return box;
}

// Where the notice itself offers an act, its own button only closes.
function offerWayOut(dialog) {
  const button = dialog.querySelector(".dialog-actions .btn");
  const acts = dialog.querySelector("[data-notice] form") !== null;
  button.textContent = acts ? texts.close : texts.understood;
  button.classList.toggle("btn-primary", !acts);
}

/** Show a server's answer (a fragment, or the main part of a whole page) in a dialog. Resolves when it is closed. */
export function showNotice(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const part = page.querySelector("[data-notice-part]") ?? page.querySelector("main") ?? page.body;
  const dialog = document.getElementById("notice-dialog");
  dialog.querySelector("[data-notice]").replaceChildren(...part.childNodes);
  offerWayOut(dialog);
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
}
