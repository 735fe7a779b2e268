// Shapes of small pictures.

const SVG = "http://www.w3.org/2000/svg";

export function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

export const toPath = points => "M" + points.map(point => point.map(v => v.toFixed(1)).join(" ")).join("L");
