// The table of segments: live sizes, and how far a new one has been built.

import * as api from "./api.js";
import { byId, el, grouped, repeat } from "./dom.js";
import { sparkline } from "./charts.js";

const SHOWN = 100;
const HISTORY = 90;
const REFRESH_MS = 2000;

const histories = new Map();

function remember(segment) {
  const history = histories.get(segment.id) ?? [];
  history.push(segment.size ?? 0);
  if (history.length > HISTORY) history.shift();
  histories.set(segment.id, history);
  return history;
}

function status(segment) {
  const failure = segment.failure;
  if (segment.status === "active" && !failure) return null;
  const title = failure ? `version ${failure.version}: ${failure.reason}` : "";
  return el("span", { class: "status", title }, failure ? "failed" : segment.status);
}

function building(segment) {
  const progress = segment.progress;
  if (segment.status !== "building" || !progress?.users) return null;
  return el("progress", { max: progress.users, value: progress.usersDone, title: "Backfill from history" });
}

function growth(segment) {
  const grown = segment.dailyGrowth ?? 0;
  if (grown === 0) return null;
  return el("small", { title: "Since midnight UTC" }, `${grown > 0 ? "+" : "−"}${grouped(Math.abs(grown))} today`);
}

function row(segment) {
  return el("tr", { "data-segment": segment.id },
    el("td", {}, el("span", { title: segment.id }, segment.name), status(segment), el("code", {}, segment.expression ?? ""), building(segment)),
    el("td", { class: "number" }, grouped(segment.size ?? 0), growth(segment)),
    el("td", { class: "trend" }, sparkline(remember(segment))));
}

export async function refresh() {
  const { data, page } = await api.segments(SHOWN);
  byId("segments").replaceChildren(...data.map(row));
  byId("segments-more").textContent = data.length === 0
    ? "No segments yet. Write a rule, give it a name, create it."
    : page?.hasMore ? `The first ${SHOWN} are shown.` : "";
}

export const start = (failed) => repeat(REFRESH_MS, () => refresh().then(() => failed(null), failed));
