// A row for each person: the head's direction, its angles, distance, confidence, face and hands.
import {drawFace, newFace} from "./face.js";
import {drawHands, newHands} from "./hands.js";
import {drawHead, newHead} from "./head.js";

// What a person may have beside the joints: in the row in this order.
const GROUPS = [{make: newFace, draw: drawFace}, {make: newHands, draw: drawHands}];
const DASH = "\u2013";
const $ = id => document.getElementById(id);
const rows = new Map();  // key of a person -> parts of the row

export const number = (value, digits, unit = "") => value === null ? DASH : value.toFixed(digits).replace("-", "\u2212") + unit;

// [key, person] in the order of the rows: by id, so that rows stay where they are.
export function keyed(people, withUnnamed) {
  const named = people.filter(p => p.id >= 0).sort((a, b) => a.id - b.id);
  const unnamed = withUnnamed ? people.filter(p => p.id < 0) : [];
  return [...named.map(p => ["id " + p.id, p]), ...unnamed.map((p, i) => ["unnamed " + i, p])];
}

function make(tag, className, parent) {
  const made = document.createElement(tag);
  made.className = className;
  parent.append(made);
  return made;
}

function newRow(key, choose) {
  const item = document.createElement("li");
  item.dataset.key = key;
  item.addEventListener("click", () => choose(key));
  const head = newHead();
  item.append(head);
  const who = make("div", "who", item);
  const name = make("span", "", who), distance = make("small", "distance", who);
  const numbers = make("div", "numbers", item);
  const angles = ["yaw", "pitch", "roll"].map(angle => {
    const cell = make("div", angle, numbers);
    make("small", "", cell).textContent = angle;
    return {value: make("span", "", cell), deviation: make("small", "deviation", cell)};
  });
  const score = make("meter", "", numbers);
  const groups = GROUPS.map(({make}) => make());
  item.append(...groups);
  return {item, head, name, distance, angles, score, groups};
}

function fill(row, person, chosen) {
  drawHead(row.head, person);
  GROUPS.forEach(({draw}, i) => draw(row.groups[i], person));
  row.item.classList.toggle("chosen", chosen);
  row.name.textContent = person.id < 0 ? "no id" : "id " + person.id;
  row.distance.textContent = person.distance_m === null ? "" : (person.distance_estimated ? "\u2248 " : "") + number(person.distance_m, 1, " m");
  ["yaw", "pitch", "roll"].forEach((angle, i) => {
    const deviation = person[angle + "_stddev"];
    row.angles[i].value.textContent = number(person[angle], 0, "\u00b0");
    row.angles[i].deviation.textContent = deviation === null ? "" : "\u00b1" + number(deviation, 0, "\u00b0");
  });
  row.score.value = person.score === null ? 0 : person.score;
  row.score.title = "confidence " + number(person.score, 2);
}

export function showPeople(people, {withUnnamed, chosen, choose}) {
  const shown = keyed(people, withUnnamed), unnamed = people.filter(p => p.id < 0).length;
  const keys = new Set(shown.map(([key]) => key));
  for (const [key, row] of rows) {
    if (!keys.has(key)) { row.item.remove(); rows.delete(key); }
  }
  shown.forEach(([key, person], i) => {
    if (!rows.has(key)) rows.set(key, newRow(key, choose));
    const row = rows.get(key);
    fill(row, person, key === chosen);
    if ($("people").children[i] !== row.item) $("people").insertBefore(row.item, $("people").children[i] || null);
  });
  $("count").textContent = shown.length === 1 ? "1 person" : shown.length ? shown.length + " people" : "Nobody";
  $("hidden-count").textContent = unnamed ? "(" + unnamed + ")" : "";
  $("nobody").hidden = shown.length > 0;
}
