// A small face that looks where a head does: what the camera sees of it, unmirrored.
import {element, toPath} from "./svg.js";

const SIZE = 52, CENTER = SIZE / 2, RADIUS = 15;

// Points on a head of radius 1: x out of the face, y to the person's left, z up.
const EYES = [[0.86, 0.36, 0.28], [0.86, -0.36, 0.28]];
const MOUTH = [[0.80, 0.30, -0.46], [0.84, 0, -0.55], [0.80, -0.30, -0.46]];
const NOSE = [1, 0, 0];

// Turned as HeadOrientation.msg says, first by roll, then pitch, then yaw [degrees].
export function turn([x, y, z], yaw, pitch, roll) {
  const [a, b, c] = [yaw, pitch, roll].map(degrees => degrees * Math.PI / 180);
  const rolled = [x, y * Math.cos(c) - z * Math.sin(c), y * Math.sin(c) + z * Math.cos(c)];
  const pitched = [rolled[0] * Math.cos(b) + rolled[2] * Math.sin(b), rolled[1], rolled[2] * Math.cos(b) - rolled[0] * Math.sin(b)];
  return [pitched[0] * Math.cos(a) - pitched[1] * Math.sin(a), pitched[0] * Math.sin(a) + pitched[1] * Math.cos(a), pitched[2]];
}

const onPicture = ([, y, z], reach = 1) => [CENTER + RADIUS * reach * y, CENTER - RADIUS * reach * z];

function arrow(nose) {
  const from = [CENTER, CENTER], to = onPicture(nose, 1.7);
  const long = Math.hypot(to[0] - from[0], to[1] - from[1]);
  if (long < 5) return [element("circle", {class: "gaze-tip", cx: to[0], cy: to[1], r: 3.2})];
  const [ux, uy] = [(to[0] - from[0]) / long, (to[1] - from[1]) / long];
  const tip = [to, [to[0] - 6 * ux - 4 * uy, to[1] - 6 * uy + 4 * ux], [to[0] - 6 * ux + 4 * uy, to[1] - 6 * uy - 4 * ux]];
  const shaft = [from, [to[0] - 5 * ux, to[1] - 5 * uy]];
  return [element("path", {class: "gaze", d: toPath(shaft), "stroke-width": 2.5}), element("path", {class: "gaze-tip", d: toPath(tip) + "Z"})];
}

function features(turned) {
  const drawn = [];
  for (const eye of EYES.map(turned)) {
    const [cx, cy] = onPicture(eye);
    if (eye[0] > 0.1) drawn.push(element("circle", {class: "feature", cx, cy, r: 2.1}));
  }
  const mouth = MOUTH.map(turned);
  if (mouth.every(point => point[0] > 0)) drawn.push(element("path", {class: "mouth", d: toPath(mouth.map(point => onPicture(point))), "stroke-width": 1.8}));
  return drawn;
}

// The picture of one head; a dashed outline while its direction is unknown.
export function drawHead(svg, {yaw, pitch, roll}) {
  const ellipse = {cx: CENTER, cy: CENTER, rx: RADIUS * 0.94, ry: RADIUS * 1.12};
  if (yaw === null || pitch === null || roll === null) {
    svg.replaceChildren(element("ellipse", {...ellipse, class: "unknown", "stroke-width": 1.5}));
    return;
  }
  const turned = point => turn(point, yaw, pitch, roll);
  const nose = turned(NOSE);
  // In the image, a head that tilts to the person's right turns against the clock.
  const outline = element("ellipse", {...ellipse, class: nose[0] < 0 ? "face back" : "face", "stroke-width": 1.2, transform: `rotate(${-roll} ${CENTER} ${CENTER})`});
  // The arrow of a head that looks away starts behind it.
  svg.replaceChildren(...(nose[0] < 0 ? [...arrow(nose), outline] : [outline, ...features(turned), ...arrow(nose)]));
}

export function newHead() {
  return element("svg", {viewBox: `0 0 ${SIZE} ${SIZE}`, role: "img", "aria-label": "direction of the head"});
}
