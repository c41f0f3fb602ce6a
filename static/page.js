// Small comforts of the frame: menus that close, the search key, the error summary, one submission at a time.

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenu(event.target.closest?.("details[data-menu][open]"));
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !isTyping(event.target)) focusSearch(event);
});

function closeMenu(menu) {
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}

function isTyping(element) {
  return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
}

function focusSearch(event) {
  const box = document.querySelector("[data-search-box]");
  if (!box?.offsetParent) return;
  event.preventDefault();
  box.focus();
  box.select();
}

// The summary of errors takes the focus, and its links put the cursor into the field.
document.querySelector("[data-error-summary]")?.focus();
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-error-summary] a");
  const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!field) return;
  event.preventDefault();
  const control = field.matches("input, select, textarea") ? field : field.querySelector("input:not([type=hidden])");
  (control ?? field).focus();
  field.scrollIntoView({ block: "center" });
});

// A second press on a button that is already sending does nothing. Bubbling: what was stopped before does not count.
const sending = new WeakSet();
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (sending.has(form)) return event.preventDefault();
  sending.add(form);
  setTimeout(() => sending.delete(form), 8_000);
});
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form").forEach((form) => sending.delete(form));
});

// Filters start folded on a phone, unless some are in use.
if (matchMedia("(max-width: 767.98px)").matches) {
  for (const fold of document.querySelectorAll("details[data-fold-narrow]")) {
    if (!Number(fold.dataset.foldNarrow)) fold.open = false;
  }
}

// What needs a script is hidden without one: printing the page, copying a text.
for (const button of document.querySelectorAll("[data-print], [data-copy]")) button.hidden = false;
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-print], [data-copy]");
  if (button?.hasAttribute("data-print")) print();
  else if (button) copy(document.getElementById(button.dataset.copy));
});

// The clipboard is only there under https; selecting the text lets one copy it by hand or by the old command.
function copy(area) {
  area.select();
  if (navigator.clipboard) navigator.clipboard.writeText(area.value);
  else document.execCommand("copy");
}
