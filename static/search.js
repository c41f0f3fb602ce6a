// What the box at the top finds, shown below it while typing. Without this script the box leads to the page of results.
const box = document.querySelector("[data-search-box]");
if (box) setUp(box);

function setUp(input) {
  const panel = Object.assign(document.createElement("div"), { className: "suggestions", hidden: true });
  input.after(panel);
  let timer;
  let request;

  input.addEventListener("input", (event) => { if (!event.isComposing) askSoon(); });
  input.addEventListener("compositionend", askSoon);
  input.addEventListener("focus", () => { if (input.value.trim() && panel.childElementCount) panel.hidden = false; });
  input.form.addEventListener("keydown", onKey);
  input.form.addEventListener("focusout", (event) => { if (!input.form.contains(event.relatedTarget)) close(); });
  panel.addEventListener("mousedown", (event) => event.preventDefault());

  function askSoon() {
    clearTimeout(timer);
    timer = setTimeout(ask, 200);
  }

  async function ask() {
    request?.abort();
    const query = input.value.trim();
    if (!query) return clear();
    request = new AbortController();
    try {
      const response = await fetch(`/search/suggestions?q=${encodeURIComponent(query)}`, { signal: request.signal });
      if (response.ok && !response.redirected) show(await response.text());
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  function show(html) {
    panel.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
    panel.hidden = document.activeElement !== input;
  }

  function onKey(event) {
    const links = [...panel.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.isComposing || panel.hidden) return;
    if (event.key === "ArrowDown") (links[at + 1] ?? links[0])?.focus();
    else if (event.key === "ArrowUp" && at >= 0) (links[at - 1] ?? input).focus();
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function close() {
    if (panel.contains(document.activeElement)) input.focus();
    panel.hidden = true;
  }

  function clear() {
    panel.replaceChildren();
    close();
  }
}
