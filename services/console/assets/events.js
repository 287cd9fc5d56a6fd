// Server-sent events out of an answer that is read as it comes: the browser's own reader of them sends
// no key.

/** The events of a body, each with its `id` and `data`; fields that it lacks are absent. */
export async function* events(body) {
  let text = "";
  for await (const piece of body.pipeThrough(new TextDecoderStream())) {
    const parts = (text + piece).split("\n\n");
    text = parts.pop();
    yield* parts.map(event);
  }
}

/** A line without a name is a comment, such as one that keeps the connection open. */
function event(part) {
  const fields = part.split("\n").map((line) => /^(id|data): ?(.*)$/.exec(line)).filter(Boolean);
  return Object.fromEntries(fields.map(([, name, value]) => [name, value]));
}
