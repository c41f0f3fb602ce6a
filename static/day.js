// My day by keyboard: J and K go from row to row, D does what the row asks for, M opens what moves it or hands it on.
const rows = () => [...document.querySelectorAll("[data-day-row]")].filter((row) => row.offsetParent);
const hint = document.querySelector("[data-day-keys]");
if (hint && rows().length) hint.hidden = false;

document.addEventListener("keydown", (event) => {
  if (!hint || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
  const act = { j: () => step(1), k: () => step(-1), d: () => press("[data-day-act]"), m: () => press("[data-day-more]") };
  const chosen = act[event.key.toLowerCase()];
  if (chosen && chosen()) event.preventDefault();
});

function isTyping(element) {
  return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
}

function step(by) {
  const all = rows();
  const at = all.indexOf(document.activeElement?.closest("[data-day-row]"));
  const next = all[at < 0 ? 0 : at + by];
  next?.querySelector("a.cell-title, a.task-title")?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return Boolean(next);
}

function press(selector) {
  const control = document.activeElement?.closest("[data-day-row]")?.querySelector(selector);
  control?.click();
  if (control?.tagName === "SUMMARY") control.parentElement.querySelector("button, a")?.focus();
  return Boolean(control);
}
