// Search as you type in a list of records (macros/forms.html: combobox).
import { texts } from "./messages.js";

let serial = 0;

function enhance() {
  document.querySelectorAll("[data-combobox]:not([data-ready])").forEach(setUp);
}

function setUp(box) {
  box.dataset.ready = "";
  const input = box.querySelector(".combobox-box input");
  const list = box.querySelector("[role=listbox]");
  const spoken = document.createElement("span");
  spoken.className = "visually-hidden";
  spoken.setAttribute("role", "status");
  box.append(spoken);
  box.querySelector("[data-combobox-find]").hidden = true;
  setAttributes(input, {
    role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list",
  });

  let timer;
  let request;

  input.addEventListener("input", (event) => {
    choose("");
    if (!event.isComposing) askSoon();
  });
  input.addEventListener("compositionend", askSoon);
  // Leaving the box changes nothing: only a choice does, and what depends on it must not be asked for twice.
  input.addEventListener("change", (event) => event.stopPropagation());
  input.addEventListener("focus", () => { if (!chosen() && input.value.trim()) askSoon(); });
  input.addEventListener("blur", () => setTimeout(close, 150));
  input.addEventListener("keydown", onKey);
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => take(event.target.closest("[role=option]")));

  function askSoon() {
    clearTimeout(timer);
    timer = setTimeout(ask, 180);
  }

  async function ask() {
    request?.abort();
    const query = input.value.trim();
    if (!query) return close();
    request = new AbortController();
    const url = new URL(box.dataset.url, location.href);
    url.searchParams.set("q", query);
    try {
      const response = await fetch(url, { signal: request.signal });
      if (response.ok && !response.redirected) show(await response.text());
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  function show(html) {
    const options = [...new DOMParser().parseFromString(html, "text/html").querySelectorAll("[role=option]")];
    for (const option of options) setAttributes(option, { id: `option-${++serial}`, "aria-selected": "false" });
    list.replaceChildren(...options);
    if (!options.length) list.append(emptyItem());
    list.hidden = false;
    input.setAttribute("aria-expanded", String(options.length > 0));
    input.removeAttribute("aria-activedescendant");
    spoken.textContent = options.length ? texts.results.replace("{count}", options.length) : texts.noResults;
  }

  function onKey(event) {
    const options = [...list.querySelectorAll("[role=option]")];
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.isComposing) return;
    if (event.key === "ArrowDown" && list.hidden) ask();
    else if (event.key === "ArrowDown") mark(options, at + 1);
    else if (event.key === "ArrowUp") mark(options, at < 0 ? options.length - 1 : at - 1);
    else if (event.key === "Enter" && !list.hidden) take(options[at] ?? options[0]);
    else if (event.key === "Escape" && !list.hidden) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function mark(options, index) {
    if (!options.length) return;
    const next = options[(index + options.length) % options.length];
    for (const option of options) option.setAttribute("aria-selected", String(option === next));
    input.setAttribute("aria-activedescendant", next.id);
    next.scrollIntoView({ block: "nearest" });
  }

  function take(option) {
    if (!option) return;
    input.value = name(option);
    choose(option.dataset.value);
    close();
  }

  function close() {
    clearTimeout(timer);
    request?.abort();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  // Radio buttons from a search without a script give way to one hidden field.
  function choose(value) {
    const place = box.querySelector("[data-combobox-choice]");
    let field = place.querySelector("input[type=hidden]");
    if (!field) {
      field = Object.assign(document.createElement("input"), { type: "hidden", name: box.dataset.name });
      place.replaceChildren(field);
    }
    if (field.value === value) return;
    field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function chosen() {
    return box.querySelector("[data-combobox-choice] input:is([type=hidden], :checked)")?.value;
  }
}

function emptyItem() {
  const item = document.createElement("li");
  item.className = "combobox-empty";
  item.textContent = texts.noResults;
  return item;
}

function name(option) {
  return [...option.childNodes].filter((node) => node.nodeName !== "SMALL").map((node) => node.textContent).join("").trim();
}

function setAttributes(element, attributes) {
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
}

enhance();
document.addEventListener("htmx:after:swap", enhance);
