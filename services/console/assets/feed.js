// The live feed of membership changes, from the processor's event stream.

import { byId, clock, el } from "./dom.js";

const SHOWN = 200;
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

export function start(lookUp) {
  const feed = byId("feed");
  const waiting = [];
  const show = () => {
    const lines = waiting.splice(0).slice(-SHOWN).reverse().map((change) => line(change, lookUp));
    feed.prepend(...lines);
    while (feed.childElementCount > SHOWN) feed.lastElementChild.remove();
    byId("feed-empty").hidden = feed.childElementCount > 0;
  };
  const source = new EventSource("/api/changes");
  source.onopen = () => { byId("feed-state").className = "dot live"; byId("feed-state").title = "live"; };
  source.onerror = () => { byId("feed-state").className = "dot"; byId("feed-state").title = "reconnecting"; };
  source.onmessage = (event) => {
    const change = JSON.parse(event.data);
    // A burst is drawn once a frame, so that a busy stream does not freeze the page.
    if (waiting.length === 0) requestAnimationFrame(show);
    waiting.push(change);
    if (waiting.length > 2 * SHOWN) waiting.splice(0, waiting.length - SHOWN);
    for (const listener of listeners) listener(change);
  };
}
