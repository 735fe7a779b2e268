// People from above in metres: the camera at the bottom, looking up; x to its right.
import {color, fresh} from "./plots.js";

const BOTTOM = 16, TOP = 14, MARGIN = 32, LINE = 13, LONGEST = 44, DOT = 6.5;  // px
const WALKING = 0.15;  // m/s from which somebody moves

const stepFor = ahead => ahead > 30 ? 10 : ahead > 10 ? 5 : 1;

// Whole steps of the grid that hold everybody [m]: ahead, and to each side.
export function reach(places) {
  const ahead = Math.max(4, ...places.map(p => p.z + 0.3)), side = Math.max(2, ...places.map(p => Math.abs(p.x) + 0.3));
  const step = stepFor(ahead);
  return {step, ahead: step * Math.ceil(ahead / step), side: step * Math.ceil(side / step)};
}

function drawGrid(c, at, {step, ahead, side}) {
  const edge = Math.floor(side / step) * step;
  c.strokeStyle = color("line");
  c.lineWidth = 1;
  c.beginPath();
  for (let x = -edge; x <= edge; x += step) { c.moveTo(...at(x, 0)); c.lineTo(...at(x, ahead)); }
  for (let z = 0; z <= ahead; z += step) { c.moveTo(...at(-side, z)); c.lineTo(...at(side, z)); }
  c.stroke();
  c.fillStyle = color("quiet");
  c.textAlign = "right";
  c.textBaseline = "middle";
  for (let z = step; z <= ahead; z += step) c.fillText(z + " m", at(-side, z)[0] - 4, at(0, z)[1]);
}

function drawCamera(c, [x, y]) {
  c.fillStyle = color("quiet");
  c.beginPath();
  c.moveTo(x, y + 4); c.lineTo(x - 9, y - 8); c.lineTo(x + 9, y - 8); c.closePath();
  c.fill();
  c.fillRect(x - 6, y + 2, 12, 9);
}

function drawArrow(c, [x, y], dx, dy) {
  const long = Math.hypot(dx, dy), ux = dx / long, uy = dy / long;
  c.beginPath();
  c.moveTo(x, y);
  c.lineTo(x + dx, y + dy);
  c.moveTo(x + dx - 6 * ux + 4 * uy, y + dy - 6 * uy - 4 * ux);
  c.lineTo(x + dx, y + dy);
  c.lineTo(x + dx - 6 * ux - 4 * uy, y + dy - 6 * uy + 4 * ux);
  c.stroke();
}

function drawDot(c, place, speed, [x, y], scale) {
  c.fillStyle = c.strokeStyle = color(place.id < 0 ? "quiet" : "accent");
  c.lineWidth = 2.5;
  if (speed > WALKING) {
    // As far as the person comes within a second, long enough to be seen and short enough to be read.
    const long = Math.min(Math.max(speed * scale, 16), LONGEST) / speed;
    drawArrow(c, [x, y], long * place.vx, -long * place.vz);
  }
  c.beginPath();
  c.arc(x, y, DOT, 0, 2 * Math.PI);
  c.fill();
}

// Beside the dot, on the side where there is room, below what is already there.
function drawLabel(c, place, speed, [x, y], width, taken) {
  const words = [place.id < 0 ? "" : "id " + place.id, speed > WALKING ? speed.toFixed(1) + " m/s" : ""];
  const text = words.filter(word => word).join(" \u00b7 "), long = c.measureText(text).width;
  const left = x + 11 + long > width ? x - 11 - long : x + 11;
  let middle = Math.max(y, LINE / 2);
  while (taken.some(box => Math.abs(box.middle - middle) < LINE && box.left < left + long && left < box.left + box.long)) middle += LINE / 2;
  taken.push({left, long, middle});
  c.textAlign = "left";
  c.textBaseline = "middle";
  c.lineWidth = 4;
  c.strokeStyle = color("card");
  c.strokeText(text, left, middle);
  c.fillStyle = color("text");
  c.fillText(text, left, middle);
}

// places: see web_state.py; estimated: they are guessed, and how they change is mostly noise.
export function showAbove(canvas, places, estimated) {
  const {context, width, height} = fresh(canvas), grid = reach(places);
  const scale = Math.min((height - BOTTOM - TOP) / grid.ahead, (width - 2 * MARGIN) / (2 * grid.side));
  grid.side = Math.floor((width - 2 * MARGIN) / 2 / scale);  // as wide as there is room for
  const at = (x, z) => [width / 2 + x * scale, height - BOTTOM - z * scale];
  const speedOf = place => estimated || place.vx === null || place.vz === null ? 0 : Math.hypot(place.vx, place.vz);
  drawGrid(context, at, grid);
  drawCamera(context, at(0, 0));
  context.lineJoin = context.lineCap = "round";
  for (const place of places) drawDot(context, place, speedOf(place), at(place.x, place.z), scale);
  const dots = places.map(place => at(place.x, place.z)), taken = dots.map(([x, y]) => ({left: x - DOT, long: 2 * DOT, middle: y}));
  for (const place of places) drawLabel(context, place, speedOf(place), at(place.x, place.z), width, taken);
}
