// The console as a person uses it: a key that is wrong, the right one, a rule with a mistake, the
// mistake mended, a segment made of it, and a member who arrives. Arguments: the console's address,
// ingestion's, a folder for screenshots, a key.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const [console_, ingestion, shots, key] = process.argv.slice(2);
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];

const browser = await chromium.launch({ executablePath, args });
const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
const problems = [];
page.on("pageerror", (error) => problems.push(String(error)));
// A browser tells of every answer that is a refusal; until somebody has signed in there are some.
let signedIn = false;
page.on("console", (message) => {
  const isRefusal = !signedIn && message.text().includes("401");
  if (message.type() === "error" && !isRefusal) problems.push(message.text());
});
const shot = (name) => page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });

const form = page.locator("#sign-in[open]");
const signIn = async (text) => {
  await form.waitFor();
  await page.fill("#sign-in-key", text);
  await page.click("#sign-in button");
};

await page.goto(console_);
await form.waitFor();
assert.equal(await page.isVisible("#sign-out"), false);
await page.keyboard.press("Escape");
await signIn(key.slice(0, -1));
await page.locator("#sign-in-why", { hasText: "copied whole" }).waitFor();
await shot("0-sign-in");
await signIn(key);
await page.locator("#feed-state.live").waitFor();
signedIn = true;
await page.reload();
await page.locator("#feed-state.live").waitFor();
assert.equal(await form.count(), 0);
await shot("1-empty");

await page.fill("#rule-text", "SUM(purchase.amount) > '100'");
await page.locator("#rule-findings li.error").first().waitFor();
assert.equal(await page.isEnabled("#segment-create"), false);
await shot("2-a-mistake");

await page.fill("#rule-text", "SUM(purchase.amount) > 100");
await page.locator("#rule-findings li.error").first().waitFor({ state: "detached" });
await page.fill("#segment-name", "Browser buyers");
await page.click("#segment-create:enabled");
const row = page.locator('tr[data-segment="browser-buyers"]');
await row.waitFor();
await row.locator(".status").waitFor({ state: "detached" });
await shot("3-a-segment");

const event = { userId: "browser-ann", eventType: "purchase", properties: { amount: 150, category: "books" } };
const sent = await fetch(`${ingestion}/api/events`, {
  method: "POST",
  headers: { authorization: `Bearer ${key}` },
  body: JSON.stringify(event),
});
assert.equal(sent.status, 202);
const entered = page.locator('#feed li[data-user="browser-ann"][data-segment="browser-buyers"]');
await entered.waitFor();
// The size, and below it how it has grown.
await page.waitForFunction(() => document.querySelector('tr[data-segment="browser-buyers"] .number').textContent === "1+1 today");
await entered.locator("button").click();
const membership = page.locator('[data-member-of="browser-buyers"]');
await membership.waitFor();
await membership.locator("button").click();
await membership.locator(".truth.true").first().waitFor();
await shot("4-a-member");

await page.goto(`${console_}/#topics`);
await page.locator("#topics tr").first().waitFor();
await shot("5-topics");
await page.goto(`${console_}/#processing`);
await page.locator("#partitions tr").first().waitFor();
await shot("6-processing");

await page.setViewportSize({ width: 400, height: 800 });
await page.emulateMedia({ colorScheme: "dark" });
await page.goto(`${console_}/#dashboard`);
const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
assert.ok(overflow <= 0, `the narrow page is ${overflow} pixels too wide`);
await shot("7-narrow-and-dark");

signedIn = false;
await page.click("#sign-out");
await form.waitFor();
assert.equal(await page.evaluate(() => sessionStorage.length), 0);

await browser.close();
assert.deepEqual(problems, []);
