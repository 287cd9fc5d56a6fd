// Lines over time as SVG.

const SVG = "http://www.w3.org/2000/svg";

function node(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

const path = (points) => points.map(([x, y], index) => `${index ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

/** A line without axes, for a row of a table. */
export function sparkline(values) {
  const svg = node("svg", { viewBox: "0 0 110 22", preserveAspectRatio: "none", "aria-hidden": "true" });
  if (values.length < 2) return svg;
  const low = Math.min(...values);
  const range = Math.max(...values) - low || 1;
  const points = values.map((value, index) => [(110 * index) / (values.length - 1), 20 - (18 * (value - low)) / range]);
  svg.append(node("path", { d: path(points) }));
  return svg;
}

/** A line with its highest value named, into an SVG element of the page. */
export function draw(svg, values, format) {
  const width = svg.clientWidth || 600;
  const height = svg.clientHeight || 140;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const top = 16;
  const bottom = height - 4;
  const peak = Math.max(...values, 1);
  const points = values.map((value, index) => [
    (width * index) / Math.max(values.length - 1, 1),
    bottom - ((bottom - top) * value) / peak,
  ]);
  svg.replaceChildren(node("line", { x1: 0, x2: width, y1: bottom, y2: bottom }));
  if (points.length < 2) return;
  const line = path(points);
  svg.append(
    node("path", { class: "area", d: `${line}L${width} ${bottom}L0 ${bottom}Z` }),
    node("path", { class: "line", d: line }),
  );
  const label = node("text", { x: 0, y: 11 });
  label.textContent = `peak ${format(Math.max(...values))}`;
  svg.append(label);
}
