// Small things that every panel needs. Text is always set as text, never as markup.

export const byId = (id) => document.getElementById(id);

/** Makes an element: `el("li", { class: "x" }, "text", child)`. Absent children are left out. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const NUMBER = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
export const grouped = (number) => NUMBER.format(number);

export const clock = (iso) => new Date(iso).toLocaleTimeString("en-GB");
export const instant = (iso) => `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;

export function span(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const units = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000], ["second", 1000]];
  const [name, length] = units.find(([, length]) => ms >= length);
  const count = Math.round(ms / length);
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}

/** Calls `work` now and then again `ms` after each time it is done, while the page is visible. */
export function repeat(ms, work) {
  const turn = async () => {
    if (!document.hidden) await work();
    setTimeout(turn, ms);
  };
  turn();
}
