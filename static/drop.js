// A form that takes one file: the file may be dropped on it, and while it is sent and read the page says how far it is.
import { texts, toast } from "./messages.js";

const prepare = (form) => {
  const input = form.querySelector("input[type=file]");
  form.querySelector("[data-drop-hint]").hidden = false;

  form.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    form.classList.add("is-dragged");
  });
  form.addEventListener("dragleave", (event) => {
    if (!form.contains(event.relatedTarget)) form.classList.remove("is-dragged");
  });
  form.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    form.classList.remove("is-dragged");
    input.files = event.dataTransfer.files;
    isTooLarge(form);
    form.querySelector("[type=submit]").focus();
  });
  input.addEventListener("change", () => { isTooLarge(form); });
  form.addEventListener("submit", (event) => {
    if (!input.files.length) return; // the server says that one is missing
    event.preventDefault();
    if (!isTooLarge(form)) send(form);
  });
};

/** Whether the chosen file is larger than the server takes; the page says so before it is sent. */
function isTooLarge(form) {
  const [file] = form.querySelector("input[type=file]").files;
  const large = Boolean(file) && file.size > Number(form.dataset.dropMax);
  form.querySelector("[data-drop-large]").hidden = !large;
  return large;
}

// Only XMLHttpRequest tells how much of a file has been sent.
function send(form) {
  const [waiting, bar, sending, percent, reading] = [
    "waiting", "bar", "sending", "percent", "reading",
  ].map((part) => form.querySelector(`[data-drop-${part}]`));
  const button = form.querySelector("[type=submit]");
  const request = new XMLHttpRequest();
  const show = (isSent) => { sending.hidden = isSent; reading.hidden = !isSent; };
  const end = () => { waiting.hidden = true; button.disabled = false; };

  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.value = loaded / total;
    percent.textContent = `${Math.floor((loaded / total) * 100)}%`;
  });
  request.upload.addEventListener("load", () => { bar.removeAttribute("value"); show(true); });
  request.addEventListener("load", () => { if (!answered(request)) end(); });
  request.addEventListener("error", () => { end(); toast(texts.networkFailed, "error"); });
  addEventListener("pageshow", end);

  request.open("POST", form.action);
  request.send(new FormData(form));
  button.disabled = true;
  bar.value = 0;
  show(false);
  waiting.hidden = false;
}

/** Go where the server sends us, or show what it says against the file. Whether this page is gone. */
function answered({ status, responseText, responseURL }) {
  if (status < 400) {
    location.assign(responseURL);
    return true;
  }
  const main = new DOMParser().parseFromString(responseText, "text/html").querySelector("main");
  if (!main) {
    toast(texts.failed, "error");
    return false;
  }
  document.querySelector("main").replaceWith(main);
  main.querySelectorAll("form[data-drop]").forEach(prepare);
  main.querySelector("[data-error-summary], h1")?.focus();
  return true;
}

document.querySelectorAll("form[data-drop]").forEach(prepare);

// A file that misses its place would replace the page, and what was typed there.
for (const kind of ["dragover", "drop"]) {
  addEventListener(kind, (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
}
