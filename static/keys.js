// Links that a key presses: <a data-key="j ArrowRight">. Not while somebody types, nor with a modifier.
// On a control, the key puts the cursor there.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const pressed = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key.split(" ").includes(event.key));
  if (!pressed) return;
  event.preventDefault();
  if (pressed.matches("a")) pressed.click();
  else pressed.focus();
});

function isTyping(element) {
  return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
}
