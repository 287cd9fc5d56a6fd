// Throughput, lag and partitions: the line of figures at the top, and the pages on topics and
// processing.

import * as api from "./api.js";
import { byId, el, grouped, repeat, span } from "./dom.js";
import { draw } from "./charts.js";

const REFRESH_MS = 1000;
const HISTORY = 300;

const rates = [];
const lags = [];
let before = null;

const sum = (list, key) => list.reduce((total, it) => total + (it[key] ?? 0), 0);

function keep(list, value) {
  list.push(value);
  if (list.length > HISTORY) list.shift();
}

function measure(partitions) {
  const now = performance.now();
  const position = sum(partitions, "position");
  const rate = before ? Math.max(0, (1000 * (position - before.position)) / (now - before.now)) : 0;
  before = { now, position };
  keep(rates, rate);
  keep(lags, sum(partitions, "lag"));
  byId("vital-rate").textContent = grouped(Math.round(rate));
  byId("vital-lag").textContent = grouped(lags.at(-1));
  byId("vital-users").textContent = grouped(sum(partitions, "users"));
  byId("vital-timers").textContent = span(Math.max(0, ...partitions.map((it) => it.deadlineLagMs ?? 0)));
}

const number = (value) => el("td", { class: "number" }, grouped(value ?? 0));

function partition(it) {
  return el("tr", {}, number(it.partition), number(it.position), number(it.end), number(it.lag), number(it.users),
    el("td", { class: "number" }, span(it.deadlineLagMs ?? 0)));
}

function topic({ name, partitions }) {
  return partitions.map((end, index) => el("tr", {}, el("td", {}, index ? "" : name), number(index), number(end)));
}

async function refresh() {
  const { partitions, topics } = await api.processing();
  measure(partitions);
  byId("partitions").replaceChildren(...partitions.map(partition));
  byId("topics").replaceChildren(...(topics ?? []).flatMap(topic));
  if (!document.querySelector('[data-page="processing"]').hidden) {
    draw(byId("rate-chart"), rates, (value) => `${grouped(Math.round(value))} facts a second`);
    draw(byId("lag-chart"), lags, (value) => `${grouped(value)} records`);
  }
}

export const start = (failed) => repeat(REFRESH_MS, () => refresh().then(() => failed(null), failed));
