// Photos are made smaller before they are sent: in a car eight of them would take minutes. The server does the same to
// what comes by another way (crm/files/media.py); what cannot be drawn here is sent as it is.
const LONGEST_SIDE = 2560;
const SMALL_ENOUGH = 1_000_000; // bytes

const shrinking = new WeakMap();

document.addEventListener("change", (event) => {
  const input = event.target;
  if (input.type === "file" && input.accept.includes(".jpg")) shrinking.set(input, shrinkAll(input));
});

/** Wait until the photos of a form are as small as they get. */
export function photosReady(form) {
  return Promise.all([...form.elements].map((control) => shrinking.get(control)));
}

async function shrinkAll(input) {
  const chosen = [...input.files];
  const files = await Promise.all(chosen.map((file) => shrunk(file).catch(() => file)));
  if (files.every((file, at) => file === chosen[at])) return;
  const kept = new DataTransfer();
  files.forEach((file) => kept.items.add(file));
  input.files = kept.files;
}

async function shrunk(file) {
  if (!file.type.startsWith("image/") || file.size < SMALL_ENOUGH) return file;
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = new OffscreenCanvas(Math.round(picture.width * scale), Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 });
  return blob.size < file.size ? new File([blob], file.name.replace(/\.\w+$/, ".jpg"), { type: blob.type }) : file;
}
