// Text that is not lost: a form with data-draft="name" keeps what was typed in this browser, per person and address,
// until the server has taken it. Without a connection the form waits and goes off by itself. With data-draft-sends it
// is sent in the background, again where no answer came back: its client_uuid lets the server take it once even if it
// arrives twice. An ended session is told before anything is sent.
import { messageBox, texts } from "./messages.js";
import { photosReady } from "./photos.js";
import { isSignedOut, pageUser, probe } from "./server.js";

const PREFIX = "draft:";
const KEPT_FOR = 7 * 24 * 3600 * 1000;
const RETRY_AFTER = 10_000;
const MOST_BYTES = 60 * 1024 * 1024; // the server refuses 64 MB by closing the connection, which looks like a lost one
const NEVER_KEPT = ["csrf_token", "find"];

let signedOut = false;
const forms = [...document.querySelectorAll("form[data-draft]")];
forgetOld();
settleSubmitted();
forms.forEach(setUp);
document.addEventListener("submit", (event) => { if (event.target.matches("[data-sign-out]")) signOut(); });

function setUp(form) {
  const key = keyOf(form);
  const initial = JSON.stringify(valuesOf(form));
  let timer;
  let cleared = false;
  restore(form, key);

  const keepNow = () => {
    clearTimeout(timer);
    const values = valuesOf(form);
    if (cleared || signedOut || form.dataset.sent || JSON.stringify(values) === initial) return;
    store(key, { values, at: Date.now() });
    say(form, `${texts.draftSaved} ${new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" })}`);
  };
  const keep = () => {
    delete form.dataset.sent;
    clearTimeout(timer);
    timer = setTimeout(keepNow, 400);
  };
  addEventListener("pagehide", keepNow);
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  form.addEventListener("click", (event) => {
    if (!event.target.closest("[data-draft-discard]")) return;
    cleared = true;
    localStorage.removeItem(key);
    location.reload();
  });
  form.addEventListener("submit", (event) => submitWhenReached(event, form, key));
}

const ready = new WeakSet();

async function submitWhenReached(event, form, key) {
  const { submitter } = event;
  if (event.defaultPrevented || submitter?.name === "find") return;
  if (ready.has(form)) {
    store(key, { values: valuesOf(form), at: Date.now(), submitted: true });
    form.dataset.sent = "1";
    return;
  }
  event.preventDefault();
  if (form.dataset.waiting) return;
  form.dataset.waiting = "1";
  store(key, { values: valuesOf(form), at: Date.now() });
  say(form, texts.sending);
  await photosReady(form);
  const settled = (await isPrepared(form)) ? "draftSends" in form.dataset && (await sendByItself(form, key)) : true;
  delete form.dataset.waiting;
  if (settled) return;
  ready.add(form);
  form.requestSubmit(submitter);
  ready.delete(form);
}

/** Wait for the server, for the same person and a fresh token; false where the session has ended. */
async function isPrepared(form) {
  const answer = await reach(form);
  if (String(answer.user ?? "") !== pageUser()) {
    tellSessionEnded(form);
    return false;
  }
  banner(form, null);
  if (form.elements.csrf_token) form.elements.csrf_token.value = answer.token;
  return true;
}

/** Send until the server has answered. Whatever is no acceptance, the page of a plain submission shows: then false. */
async function sendByItself(form, key) {
  if (filesOf(form).reduce((sum, file) => sum + file.size, 0) > MOST_BYTES) {
    say(form, "");
    banner(form, messageBox(texts.filesTooLarge, "warning"));
    return true;
  }
  for (;;) {
    let response;
    try {
      response = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Waits": "1" } });
    } catch {
      if (await isPrepared(form)) continue;
      return true;
    }
    const target = response.headers.get("X-Location");
    if (isSignedOut(response)) tellSessionEnded(form);
    else if (response.status === 422 && filesOf(form).length) showRefusal(form, await response.text());
    else if (!target) return false;
    else {
      form.dataset.sent = "1";
      localStorage.removeItem(key);
      location.assign(target);
    }
    return true;
  }
}

function filesOf(form) {
  return [...form.elements].flatMap((control) => (control.type === "file" ? [...control.files] : []));
}

/** What the server refuses, above the form as it stands: another page would have to be given the photos anew. */
function showRefusal(form, html) {
  say(form, "");
  document.querySelector("[data-error-summary]")?.remove();
  const summary = new DOMParser().parseFromString(html, "text/html").querySelector("[data-error-summary]");
  form.before(summary);
  summary.focus();
}

/** Ask until the server answers; meanwhile the form says that it waits. */
async function reach(form) {
  for (;;) {
    try {
      return await probe();
    } catch {
      say(form, "");
      banner(form, messageBox(texts.offline, "warning"));
      await comingBack();
    }
  }
}

function comingBack() {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, RETRY_AFTER);
    addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

function tellSessionEnded(form) {
  say(form, "");
  const box = messageBox(`${texts.sessionEnded} `, "warning");
  const link = Object.assign(document.createElement("a"), {
    href: "/sign-in", target: "_blank", textContent: texts.signIn,
  });
  box.firstElementChild.append(link);
  banner(form, box);
}

/** The one message of a form, above its buttons; null takes it away. */
function banner(form, box) {
  form.querySelector("[data-draft-banner]")?.remove();
  if (!box) return;
  box.dataset.draftBanner = "";
  box.setAttribute("role", "alert");
  const actions = form.querySelector(".form-actions");
  actions ? actions.before(box) : form.append(box);
}

// What was sent is settled by the next page: a page of this person that is neither an error nor the form again means
// that the server took it. The same form is a fresh one only where it says so: a sending that never arrived is no
// acceptance, however empty the form looks.
function settleSubmitted() {
  const cameBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  for (const [key, draft] of drafts()) {
    if (!draft.submitted) continue;
    const form = forms.find((candidate) => keyOf(candidate) === key);
    const refused = form ? cameBack || !document.querySelector("[data-flash] .message-success") : false;
    const answered = refused && !cameBack && document.querySelector("[data-error-summary], main [role=alert]");
    // A refusal shows what is stored now: saving again is a decision made with that version in sight.
    if (answered && form.elements.version) draft.values.version = [form.elements.version.value];
    if (!pageUser() || document.querySelector(".error-page") || refused) store(key, { ...draft, submitted: false });
    else localStorage.removeItem(key);
  }
}

function restore(form, key) {
  const draft = read(key);
  // After a refusal the page already shows what was typed, with its errors.
  if (!draft || document.querySelector("[data-error-summary]")) return;
  for (const [name, values] of Object.entries(draft.values)) fill(form, name, values);
  restoreDependants(form, draft.values);
  const discard = Object.assign(document.createElement("button"), {
    type: "button", className: "btn-link-plain", textContent: texts.draftDiscard,
  });
  discard.dataset.draftDiscard = "";
  say(form, `${texts.draftRestored} `);
  form.querySelector("[data-draft-state]")?.append(discard);
}

// What depends on a chosen record (the people of a company) comes by htmx: ask for it, and fill it in when it is there.
function restoreDependants(form, values) {
  const absent = Object.keys(values).filter((name) => !form.elements[name]);
  const kept = document.createElement("div"); // so that the request can say what was ticked
  for (const name of absent) for (const value of values[name]) kept.append(hiddenField(name, value));
  form.append(kept);
  const fillAbsent = () => {
    kept.remove();
    absent.forEach((name) => fill(form, name, values[name]));
  };
  document.addEventListener("htmx:after:swap", fillAbsent, { once: true });
  setTimeout(() => {
    for (const field of form.querySelectorAll("[data-combobox-choice] input")) {
      if (field.value) field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}

function hiddenField(name, value) {
  return Object.assign(document.createElement("input"), { type: "hidden", name, value });
}

function fill(form, name, values) {
  for (const control of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
    if (control.type === "checkbox" || control.type === "radio") control.checked = values.includes(control.value);
    else if (control.type === "select-multiple") for (const option of control.options) option.selected = values.includes(option.value);
    else control.value = values[0] ?? "";
  }
}

function valuesOf(form) {
  const values = {};
  for (const control of form.elements) {
    if (control.name && !NEVER_KEPT.includes(control.name) && !["password", "file"].includes(control.type)) {
      values[control.name] ??= [];
    }
  }
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && values[name]) values[name].push(value);
  }
  return values;
}

function keyOf(form) {
  return `${PREFIX}${pageUser()}:${form.dataset.draft}:${location.pathname}${location.search}`;
}

function drafts() {
  return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => [key, read(key)]);
}

function read(key) {
  return JSON.parse(localStorage.getItem(key) ?? "null");
}

function store(key, draft) {
  localStorage.setItem(key, JSON.stringify(draft));
}

function forgetOld() {
  for (const [key, draft] of drafts()) if (Date.now() - draft.at > KEPT_FOR) localStorage.removeItem(key);
}

function signOut() {
  signedOut = true;
  for (const [key] of drafts()) if (key.startsWith(`${PREFIX}${pageUser()}:`)) localStorage.removeItem(key);
}

function say(form, text) {
  const place = form.querySelector("[data-draft-state]");
  if (place) place.textContent = text;
}
