// Who is signed in: the key, kept for this tab alone and no longer than it is open, and the form that
// asks for it. A platform that wants no key, as the demo, never brings it up.

import { byId } from "./dom.js";

const PLACE = "audience-key";

let asking = null;

export const key = () => sessionStorage.getItem(PLACE);

/** What a request with a key says of it. */
export const headers = (key) => (key ? { authorization: `Bearer ${key}` } : {});

/** Waits for another key than the one that was refused. However many wait, one form asks. */
export async function signIn(refused, why) {
  if (!asking && key() !== refused) return;
  asking ??= ask(refused ? why : "").finally(() => { asking = null; });
  await asking;
}

async function ask(why) {
  byId("sign-in-why").textContent = why;
  sessionStorage.removeItem(PLACE);
  update();
  const dialog = byId("sign-in");
  while (!key()) {
    dialog.showModal();
    await new Promise((closed) => dialog.addEventListener("close", closed, { once: true }));
    const given = byId("sign-in-key").value.trim();
    if (given) sessionStorage.setItem(PLACE, given);
  }
  byId("sign-in-key").value = "";
  update();
}

function update() {
  byId("sign-out").hidden = !key();
}

export function start() {
  byId("sign-out").addEventListener("click", () => {
    sessionStorage.removeItem(PLACE);
    location.reload();
  });
  update();
}
