// A button with data-confirm asks first, in the page's own dialog.
const confirmed = new WeakSet();

/** Ask; true when the person agrees. */
export function askToConfirm(sentence) {
  const dialog = document.getElementById("confirm-dialog");
  dialog.querySelector("[data-confirm-text]").textContent = sentence;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  const sentence = submitter?.dataset.confirm ?? form.dataset.confirm;
  if (!sentence || confirmed.delete(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (await askToConfirm(sentence)) {
    confirmed.add(form);
    form.requestSubmit(submitter);
  }
}, { capture: true });
