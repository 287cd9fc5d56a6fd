// Sends one of each call through Segment's client to the host given, and says what became of them.
import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({
  writeKey: "test", host: process.argv[2], flushAt: 3, flushInterval: 100, maxRetries: 0,
});
let delivered = 0;
let failed = 0;
const calls = [
  ["track", { anonymousId: "anon-1", event: "Viewed" }],
  ["identify", { userId: "user-1", anonymousId: "anon-1", traits: { plan: "pro" } }],
  ["track", { userId: "user-1", event: "Order Completed", properties: { total: 10.5 } }],
  ["page", { userId: "user-1", name: "Home", properties: { url: "/" } }],
  ["screen", { userId: "user-1", name: "Main" }],
  ["group", { userId: "user-1", groupId: "g", traits: { seats: 3 } }],
  ["alias", { userId: "user-1", previousId: "old-1" }],
  ["track", { userId: "user-2", event: "Order Completed", properties: { total: 1 }, timestamp: new Date() }],
];
for (const [call, message] of calls) {
  analytics[call](message, (error) => (error ? failed++ : delivered++));
}
await analytics.closeAndFlush();
console.log(`delivered ${delivered}, failed ${failed}`);
