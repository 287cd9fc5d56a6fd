// One user: profile, memberships, and why.

import * as api from "./api.js";
import { onChange } from "./feed.js";
import { byId, el, instant, span } from "./dom.js";

let shown = null;

function fields(profile) {
  const entries = Object.entries(profile.fields);
  return el("dl", { class: "fields" },
    ...entries.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, typeof value === "string" ? value : JSON.stringify(value))]));
}

function until(at) {
  if (!at) return "stays until something happens";
  return `leaves by itself ${instant(at)}, in ${span(Math.max(0, new Date(at) - Date.now()))}`;
}

function membership(id, it) {
  const why = el("div");
  const toggle = async () => {
    if (why.childElementCount) return why.replaceChildren();
    why.replaceChildren(await explanation(id, it.segmentId));
  };
  return el("div", { "data-member-of": it.segmentId },
    el("h3", {}, el("button", { type: "button", class: "plain", onclick: toggle, title: "Why?" }, it.name ?? it.segmentId)),
    el("div", { class: "quiet" }, `since ${instant(it.since)}, ${it.reason.replace("_", " ")}; ${until(it.nextChangeAt)}`),
    why);
}

async function explanation(id, segment) {
  const answer = await api.explain(id, segment).catch((error) => ({ error }));
  if (answer.error) return el("p", { class: "quiet" }, answer.error.message);
  const one = answer.segments?.[0] ?? answer;
  return el("ul", { class: "tree" }, condition(one.rule));
}

function condition(it) {
  const truth = String(it.value).toUpperCase();
  const head = el("span", { class: `truth ${it.value}` }, truth);
  if (it.conditions) {
    const word = { all: "all of", any: "any of", not: "not" }[it.kind] ?? it.kind;
    return el("li", {}, head, word, el("ul", { class: "tree" }, ...it.conditions.map(condition)));
  }
  return el("li", {}, head, it.text, ...(it.operands ?? []).map(operand));
}

function operand(it) {
  const value = typeof it.value === "string" ? it.value : JSON.stringify(it.value);
  const events = it.evidence?.latest?.map((event) => `${instant(event.timestamp)} ${event.eventId}`).join(" · ");
  return el("span", { class: "operand" }, `${it.text} = ${value}`, events ? el("span", { class: "operand" }, events) : null);
}

async function load(id) {
  const [profile, { segments }] = await Promise.all([api.user(id), api.memberships(id)]);
  return [
    fields(profile),
    ...segments.map((it) => membership(id, it)),
    segments.length ? null : el("p", { class: "quiet" }, "In no segment."),
  ].filter(Boolean);
}

export async function lookUp(id) {
  shown = id;
  byId("user-id").value = id;
  const place = byId("user");
  try {
    const parts = await load(id);
    if (shown === id) place.replaceChildren(...parts);
  } catch (error) {
    const words = error.status === 404 ? `Nobody with the id ${id} has done anything yet.` : error.message;
    place.replaceChildren(el("p", { class: "quiet" }, words));
  }
}

export function start() {
  byId("user-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const id = byId("user-id").value.trim();
    if (id) lookUp(id);
  });
  let again = null;
  onChange((change) => {
    if (change.userId !== shown) return;
    clearTimeout(again);
    again = setTimeout(() => lookUp(shown), 300);
  });
}
