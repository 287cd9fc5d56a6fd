// The page: which part of it is shown, and its panels.

import * as feed from "./feed.js";
import * as processing from "./processing.js";
import * as rule from "./rule.js";
import * as segments from "./segments.js";
import * as session from "./session.js";
import * as user from "./user.js";
import { byId } from "./dom.js";

const PAGES = ["dashboard", "topics", "processing"];

function turnTo() {
  const wanted = location.hash.slice(1);
  const page = PAGES.includes(wanted) ? wanted : PAGES[0];
  for (const main of document.querySelectorAll("main")) main.hidden = main.dataset.page !== page;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${page}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** Says at the top of the page what does not work, until it works again. */
function failing(what) {
  const failures = failing.now ??= new Map();
  return (error) => {
    if (error) failures.set(what, error.message);
    else failures.delete(what);
    const [first] = failures;
    byId("banner").hidden = !first;
    byId("banner").textContent = first ? `${first[0]} cannot be shown: ${first[1]}` : "";
  };
}

addEventListener("hashchange", turnTo);
turnTo();
session.start();
rule.start();
user.start();
feed.start(user.lookUp);
segments.start(failing("Segments"));
processing.start(failing("Processing"));
