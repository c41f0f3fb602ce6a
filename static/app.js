// What every page runs. Everything here makes a page that already works without scripts more comfortable.
import "htmx.org";
import "./requests.js";
import "./confirm.js";
import "./page.js";
import "./keys.js";
import "./combobox.js";
import "./search.js";
import "./draft.js";
import "./drop.js";
import "./day.js";
