// The platform's HTTP API as the page uses it. A failure is an Error with the problem's words.

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

export const get = async (path) => answer(await fetch(path));
export const post = async (path, body, signal) => answer(await fetch(path, { ...json("POST", body), signal }));

export const segments = (limit) => get(`/api/segments?limit=${limit}`);
export const createSegment = (name, expression) => post("/api/segments", { name, type: "DYNAMIC", rules: { expression } });
export const validate = (expression, signal) => post("/api/rules/validate", { expression }, signal);
export const preview = (expression, signal) => post("/api/segments:preview", { rules: { expression }, sample: 5 }, signal);
export const user = (id) => get(`/api/users/${encodeURIComponent(id)}`);
export const memberships = (id) => get(`/api/users/${encodeURIComponent(id)}/segments`);
export const explain = (id, segment) =>
  get(`/api/users/${encodeURIComponent(id)}/explain?segment=${encodeURIComponent(segment)}`);
export const processing = () => get("/api/processing");
