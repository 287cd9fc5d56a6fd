// The rule box: findings as one types, how many match, and a segment made of it.

import * as api from "./api.js";
import * as segments from "./segments.js";
import { byId, el, grouped } from "./dom.js";

const PAUSE_MS = 150;
const PREVIEW_MS = 600;

let pending = null;
let current = null;

/** Spans count bytes of UTF-8, JavaScript's strings do not. */
function slice(text, { start, end }) {
  const bytes = new TextEncoder().encode(text);
  const decode = (from, to) => new TextDecoder().decode(bytes.slice(from, to));
  return [decode(0, start), decode(start, end), decode(end)];
}

function mark(text, findings) {
  const first = findings.find((finding) => finding.span);
  if (!first) return [text];
  const [before, inside, after] = slice(text, first.span);
  return [before, el("mark", { class: first.severity }, inside || " "), after];
}

function finding(it) {
  const fix = it.fix && el("button", { type: "button", class: "plain", onclick: () => apply(it.fix) }, `Use ${it.fix.replacement}`);
  return el("li", { class: it.severity },
    it.message,
    el("span", { class: "help" }, [it.code, it.help].filter(Boolean).join(": "), fix ? " " : null, fix || null));
}

function apply({ span, replacement }) {
  const [before, , after] = slice(byId("rule-text").value, span);
  byId("rule-text").value = before + replacement + after;
  check();
}

function reading(answer) {
  if (!answer.valid) return "";
  const names = (list) => list.map((it) => it.name ?? it).join(", ");
  const parts = [
    answer.fields?.length ? `reads ${names(answer.fields)}` : null,
    answer.events?.length ? `wakes on ${names(answer.events)}` : null,
    answer.timeDependent ? "and on time alone" : null,
  ];
  const reads = parts.filter(Boolean).join(", ");
  const live = answer.notLive?.length ? `cannot be kept live: ${answer.notLive[0].message}` : null;
  return [answer.description, reads, live].filter(Boolean).join("\n");
}

function show(text, answer) {
  const findings = answer?.diagnostics ?? [];
  byId("rule-marks").replaceChildren(...mark(text, findings));
  byId("rule-findings").replaceChildren(...findings.map(finding));
  byId("rule-reading").textContent = answer ? reading(answer) : "";
  update(Boolean(answer?.valid));
}

function update(valid) {
  byId("segment-create").disabled = !valid || !byId("segment-name").value.trim();
}

async function check() {
  pending?.abort();
  pending = new AbortController();
  const { signal } = pending;
  const text = byId("rule-text").value;
  current = null;
  byId("rule-answer").textContent = "";
  if (!text.trim()) return show(text, null);
  try {
    const answer = await api.validate(text, signal);
    show(text, answer);
    current = answer.valid ? text : null;
    if (!answer.valid) return;
    await new Promise((done) => setTimeout(done, PREVIEW_MS));
    if (signal.aborted) return;
    const { count, users, isComplete, sample } = await api.preview(text, signal);
    if (signal.aborted) return;
    const some = sample?.length ? `: ${sample.join(", ")}${count > sample.length ? ", …" : ""}` : "";
    byId("rule-answer").textContent = `${grouped(count)} of ${isComplete ? "" : "the first "}${grouped(users)} users match${some}`;
  } catch (error) {
    if (error.name !== "AbortError") byId("rule-answer").textContent = error.message;
  }
}

async function create(event) {
  event.preventDefault();
  if (!current) return;
  const button = byId("segment-create");
  button.disabled = true;
  try {
    const made = await api.createSegment(byId("segment-name").value.trim(), current);
    byId("rule-answer").textContent = `Created ${made.id}. It is built from history, then goes live.`;
    byId("segment-name").value = "";
    await segments.refresh();
  } catch (error) {
    byId("rule-answer").textContent = error.message;
    button.disabled = false;
  }
}

export function start() {
  let pause = null;
  byId("rule-text").addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(check, PAUSE_MS);
  });
  byId("rule-text").addEventListener("scroll", (event) => { byId("rule-marks").scrollTop = event.target.scrollTop; });
  byId("segment-name").addEventListener("input", () => update(Boolean(current)));
  byId("rule-form").addEventListener("submit", create);
}
