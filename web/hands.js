// The hands of a person as the camera sees them, each as large as its picture allows.
import {element, toPath} from "./svg.js";

export const SIZE = 46;  // of the picture of one hand or face
const MARGIN = 4, GAP = 10;
const FINGERS = ["thumb", "index", "middle", "ring", "little"];

// Points of a hand or face -> places in a picture; null where not found.
export function placed(points) {
  const found = points.filter(([x, y]) => x !== null && y !== null);
  const [left, top] = [0, 1].map(i => Math.min(...found.map(point => point[i])));
  const [wide, high] = [0, 1].map(i => Math.max(...found.map(point => point[i]))).map((most, i) => most - [left, top][i]);
  const room = SIZE - 2 * MARGIN, scale = room / Math.max(wide, high, 1);
  const [dx, dy] = [wide, high].map(span => MARGIN + (room - span * scale) / 2);
  return points.map(([x, y]) => x === null || y === null ? null : [dx + (x - left) * scale, dy + (y - top) * scale]);
}

// Joints: 0 (the wrist) to 20, four of each finger.
function drawHand(hand, side, shift) {
  const places = placed(hand), drawn = [];
  FINGERS.forEach((finger, f) => {
    const bones = [0, 1, 2, 3].map(i => [i ? 4 * f + i : 0, 4 * f + i + 1].map(joint => places[joint]));
    const known = bones.filter(bone => bone.every(place => place !== null));
    if (known.length) drawn.push(element("path", {class: "finger " + finger, d: known.map(toPath).join("")}));
  });
  const group = element("g", {class: side + "-hand", transform: `translate(${shift} 0)`});
  group.append(...drawn);
  return group;
}

// The right hand at the left, as of somebody who faces the camera; hidden without any.
export function drawHands(svg, {left_hand: left, right_hand: right}) {
  const hands = [[right, "right", 0], [left, "left", SIZE + GAP]].filter(([hand]) => hand.some(([x]) => x !== null));
  svg.toggleAttribute("hidden", hands.length === 0);
  svg.replaceChildren(...hands.map(hand => drawHand(...hand)));
}

export function newHands() {
  return element("svg", {class: "hands", viewBox: `0 0 ${2 * SIZE + GAP} ${SIZE}`, role: "img", "aria-label": "right and left hand"});
}
