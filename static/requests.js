// How htmx requests behave here: they carry the token, never swap a sign-in or an error page into a part of this page,
// and ask in our own dialog.
import { askToConfirm } from "./confirm.js";
import { texts, toast } from "./messages.js";
import { csrfToken, isSignedOut, signInAgain } from "./server.js";

// A part shows its own 409 and 422; any other failure is a note, and the page stays as it was.
const SHOWN_IN_PLACE = [409, 422];

document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  if (request.method !== "GET") request.headers["X-CSRFToken"] = csrfToken();
});

document.addEventListener("htmx:confirm", (event) => {
  const { ctx, issueRequest, dropRequest } = event.detail;
  event.preventDefault();
  askToConfirm(ctx.confirm).then((yes) => (yes ? issueRequest() : dropRequest()));
});

document.addEventListener("htmx:before:response", (event) => {
  const { raw, status } = event.detail.ctx.response;
  if (polls(event) && (isSignedOut(raw) || status >= 400)) {
    // What asks by itself must not take the page away from somebody who writes; her own next act will tell her.
    event.preventDefault();
  } else if (isSignedOut(raw)) {
    event.preventDefault();
    signInAgain();
  } else if (status >= 400 && !SHOWN_IN_PLACE.includes(status)) {
    event.preventDefault();
    raw.text().then((html) => toast(sentence(html) || texts.failed, "error"));
  }
});

document.addEventListener("htmx:error", (event) => { if (!polls(event)) toast(texts.networkFailed, "error"); });

function polls(event) {
  return Boolean(event.detail.ctx?.sourceElement?.closest("[data-polls]"));
}

function sentence(html) {
  return new DOMParser().parseFromString(html, "text/html").querySelector(".error-page-text")?.textContent.trim();
}
