// The live feed of membership changes, from the processor's event stream.

import * as api from "./api.js";
import { byId, clock, el } from "./dom.js";

const SHOWN = 200;
const RETRY_MS = 1000;
const listeners = [];

/** Calls `listener` with each change from now on. */
export const onChange = (listener) => listeners.push(listener);

function line(change, lookUp) {
  const user = el("button", { type: "button", class: "plain", onclick: () => lookUp(change.userId) }, change.userId);
  const verb = change.action === "added" ? "entered" : "left";
  return el("li", { "data-user": change.userId, "data-segment": change.segmentId },
    el("time", { datetime: change.timestamp, title: change.timestamp }, clock(change.timestamp)),
    el("span", {}, user, " ", el("span", { class: change.action }, verb), ` ${change.segmentId}`),
    el("span", { class: "why" }, change.reason.replace("_", " ")));
}

function state(word) {
  byId("feed-state").className = word === "live" ? "dot live" : "dot";
  byId("feed-state").title = word;
}

/** Follows for ever; after a break it goes on behind the last change seen. */
async function follow(show) {
  for (let last = null; ; ) {
    try {
      for await (const event of api.changes(last, () => state("live"))) {
        last = event.id ?? last;
        if (event.data) show(JSON.parse(event.data));
      }
    } catch (error) {
      console.info("changes:", error.message);
    }
    state("reconnecting");
    await new Promise((done) => setTimeout(done, RETRY_MS));
  }
}

export function start(lookUp) {
  const feed = byId("feed");
  const waiting = [];
  const show = () => {
    const lines = waiting.splice(0).slice(-SHOWN).reverse().map((change) => line(change, lookUp));
    feed.prepend(...lines);
    while (feed.childElementCount > SHOWN) feed.lastElementChild.remove();
    byId("feed-empty").hidden = feed.childElementCount > 0;
  };
  follow((change) => {
    // A burst is drawn once a frame, so that a busy stream does not freeze the page.
    if (waiting.length === 0) requestAnimationFrame(show);
    waiting.push(change);
    if (waiting.length > 2 * SHOWN) waiting.splice(0, waiting.length - SHOWN);
    for (const listener of listeners) listener(change);
  });
}
