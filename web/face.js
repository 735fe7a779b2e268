// The landmarks of a face as the camera sees them, as large as its picture allows.
import {SIZE, placed} from "./hands.js";
import {element, toPath} from "./svg.js";

// Landmarks of skeleton face_32 that lines join.
const PARTS = {
  outline: [[4, 14, 19, 10, 15, 7, 17], [4, 28, 31, 24, 29, 21, 17]],
  brows: [[9, 12, 13, 18], [23, 26, 27, 18]],
  nose: [[18, 3, 2, 1, 11], [1, 25]],
  eyes: [[3, 16, 6], [3, 30, 20]],
  lips: [[1, 0, 8, 5, 17], [0, 22, 5]],
};

const steps = chain => chain.slice(1).map((end, i) => [chain[i], end]);

// Hidden without any.
export function drawFace(svg, {face}) {
  const hidden = face.every(([x, y]) => x === null || y === null);
  svg.toggleAttribute("hidden", hidden);
  if (hidden) { svg.replaceChildren(); return; }
  const places = placed(face), known = step => step.every(point => places[point] !== null);
  const lines = Object.entries(PARTS).map(([part, chains]) => [part, chains.flatMap(steps).filter(known)]);
  svg.replaceChildren(
    ...lines.filter(([, some]) => some.length).map(([part, some]) =>
      element("path", {class: "part " + part, d: some.map(step => toPath(step.map(point => places[point]))).join("")})),
    ...places.filter(place => place !== null).map(([cx, cy]) => element("circle", {class: "landmark", cx, cy, r: 0.9})));
}

export function newFace() {
  return element("svg", {class: "landmarks", viewBox: `0 0 ${SIZE} ${SIZE}`, role: "img", "aria-label": "face"});
}
