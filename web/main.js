// The page: what comes from the robot goes to its parts.
import {showAbove} from "./above.js";
import {Connection} from "./connection.js";
import {listen} from "./keyboard.js";
import {duration, judge} from "./liveness.js";
import {keyed, number, showPeople} from "./people.js";
import {keep, showCopy} from "./picture.js";
import {forget, plot, roundUp} from "./plots.js";

const TICK = 200;  // ms between two looks at the clock
const $ = id => document.getElementById(id);
const seconds = () => performance.now() / 1000;
const samples = [];  // of the last minute
let state = null, since = seconds(), lost = false, paused = false, chosen = null;
let held = {people: [], places: null};  // the last that was of now

function setPaused(value) {
  paused = value;
  $("pause").textContent = paused ? "Go on" : "Pause";
  $("pause").setAttribute("aria-pressed", paused);
  if (paused) {
    if (!lost) keep($("live"), $("frozen"));
    connection.stop();
  } else {
    connect();
  }
  showLiveness();
}

function connect() {
  state = null;
  lost = false;
  since = seconds();
  connection.start();
}

function showLiveness() {
  showCopy($("live"), $("frozen"), paused || lost);
  if (paused) {
    showVerdict({kind: "wait", title: "paused"});
    return;
  }
  const now = seconds(), ago = now - (state === null ? since : state.time);
  const verdict = judge({state, ago, watched: now - since, lost});
  $("view").dataset.kind = verdict.image;
  document.body.dataset.kind = verdict.numbers;
  showVerdict(verdict);
}

function showVerdict({kind, title, since, hint}) {
  const dead = kind === "dead";
  $("status").dataset.kind = kind;
  $("status").textContent = dead ? "not live \u00b7 " + duration(since) : title;
  $("banner").hidden = !dead;
  $("banner").firstElementChild.textContent = dead ? title + " for " + duration(since) : "";
  $("banner").lastElementChild.textContent = dead ? hint : "";
  document.title = (kind === "live" ? "" : title + " \u2013 ") + "People";
}

function choose(key) {
  chosen = key;
  showNumbers();
}

function chooseNext() {
  const keys = keyed(held.people, false).map(([key]) => key);
  if (keys.length) choose(keys[(keys.indexOf(chosen) + 1) % keys.length]);
}

// The head that is plotted: the chosen person's, or of somebody who has one.
function follow() {
  const named = keyed(held.people, false);
  if (named.some(([key]) => key === chosen)) return;
  const withHead = named.find(([, person]) => person.yaw !== null);
  chosen = withHead ? withHead[0] : null;
}

function showNumbers() {
  follow();
  showPeople(held.people, {withUnnamed: $("unnamed").checked, chosen, choose});
  $("who").textContent = chosen === null ? "nobody" : chosen;
  if (held.places !== null) {
    $("above-card").hidden = false;
    const estimated = held.people.some(p => p.distance_estimated);
    $("above-note").textContent = estimated ? "distances are estimated" : "";
    showAbove($("above"), held.places.filter(p => p.id >= 0 || $("unnamed").checked), estimated);
  }
  showPlots();
}

function showPlots() {
  const now = samples.length ? samples[samples.length - 1].time : seconds();
  const angle = name => sample => (sample.people.find(p => p.id >= 0 && "id " + p.id === chosen) || {[name]: null})[name];
  plot($("angles"), samples, ["yaw", "pitch", "roll"].map(name => [name, angle(name)]), [-90, 0, 90], now);
  const fps = roundUp(Math.max(...samples.map(s => s.fps)), 10), age = roundUp(Math.max(...samples.map(s => s.age_ms || 0)), 100);
  plot($("rate"), samples, [["rate", s => s.fps]], [0, fps / 2, fps], now);
  plot($("age"), samples, [["age", s => s.age_ms]], [0, age / 2, age], now);
}

function onState(numbers) {
  state = {...numbers, time: seconds()};
  lost = false;
  samples.push(state);
  forget(samples, state.time);
  if (judge({state, ago: 0, watched: 0, lost}).numbers === "live") held = {people: state.people, places: state.places || (held.places && [])};
  $("rate-now").textContent = state.fps.toFixed(1) + " fps";
  $("age-now").textContent = number(state.age_ms, 0, " ms");
  keep($("live"), $("frozen"));
  showNumbers();
  showLiveness();
}

const connection = new Connection($("live"), onState, () => { lost = true; showLiveness(); });

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen(); else $("view").requestFullscreen();
}

function toggleHelp() {
  if ($("help").open) $("help").close(); else $("help").showModal();
}

$("pause").addEventListener("click", () => setPaused(!paused));
$("help-button").addEventListener("click", toggleHelp);
$("unnamed").addEventListener("change", showNumbers);
listen({
  " ": () => setPaused(!paused),
  "u": () => $("unnamed").click(),
  "n": chooseNext,
  "f": fullScreen,
  "?": toggleHelp,
});
addEventListener("resize", showNumbers);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showNumbers);
setInterval(showLiveness, TICK);
connect();
showNumbers();
