// A form that takes one file: the file may be dropped on it, and while it is sent and read the page says so.

for (const form of document.querySelectorAll("form[data-drop]")) {
  const input = form.querySelector("input[type=file]");
  const [hint, waiting] = ["[data-drop-hint]", "[data-drop-waiting]"].map((part) => form.querySelector(part));
  hint.hidden = false;

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
    form.querySelector("[type=submit]").focus();
  });
  form.addEventListener("submit", () => { waiting.hidden = !input.files.length; });
  addEventListener("pageshow", () => { waiting.hidden = true; });
}

// A file that misses its place would replace the page, and what was typed there.
for (const kind of ["dragover", "drop"]) {
  addEventListener(kind, (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
}
