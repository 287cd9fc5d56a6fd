// The platform's HTTP API as the page uses it. A failure is an Error with the problem's words. Who is
// told that a key is needed, or another one, is asked for it and then goes on.

import * as session from "./session.js";
import { events } from "./events.js";

async function send(path, init = {}) {
  for (;;) {
    const key = session.key();
    const response = await fetch(path, { ...init, headers: { ...init.headers, ...session.headers(key) } });
    if (response.status !== 401) return response;
    const problem = await response.json().catch(() => null);
    await session.signIn(key, problem?.detail ?? "That key is not taken.");
  }
}

async function answer(response) {
  const text = await response.text();
  const body = text ? JSON.parse(text) : null;
  if (!response.ok) {
    const error = new Error(body?.detail ?? body?.title ?? `the answer was ${response.status}`);
    error.status = response.status;
    error.problem = body;
    throw error;
  }
  return body;
}

const json = (method, body) => ({
  method,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

export const get = async (path) => answer(await send(path));
export const post = async (path, body, signal) => answer(await send(path, { ...json("POST", body), signal }));

export const segments = (limit) => get(`/api/segments?limit=${limit}`);
export const createSegment = (name, expression) => post("/api/segments", { name, type: "DYNAMIC", rules: { expression } });
export const validate = (expression, signal) => post("/api/rules/validate", { expression }, signal);
export const preview = (expression, signal) => post("/api/segments:preview", { rules: { expression }, sample: 5 }, signal);
export const user = (id) => get(`/api/users/${encodeURIComponent(id)}`);
export const memberships = (id) => get(`/api/users/${encodeURIComponent(id)}/segments`);
export const explain = (id, segment) =>
  get(`/api/users/${encodeURIComponent(id)}/explain?segment=${encodeURIComponent(segment)}`);
export const processing = () => get("/api/processing");

/** Changes of membership from now on, or from behind the event with the id `last`. */
export async function* changes(last, opened) {
  const response = await send("/api/changes", { headers: last ? { "last-event-id": last } : {} });
  if (!response.ok) await answer(response);
  opened();
  yield* events(response.body);
}
