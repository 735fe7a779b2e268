// Whether what is seen is of now: said of the image and of the numbers, with since when and why.

const PATIENCE = 2;  // s without poses or an image until they count as missing
const START = 4;     // s after the connection for the first ones

const ESTIMATOR = "Is pose_estimator running, and does it get images?";
const VISUALIZER = "Is pose_visualizer running? The numbers are of now.";
const SERVER = "This page keeps trying. Is web_view_node running, is the network there?";

const dead = (image, numbers, title, since, hint) => ({kind: "dead", image, numbers, title, since, hint});

// state: the last numbers or null; ago: s since they came; watched: s since the connection;
// lost: it broke. -> kind, image, numbers: each wait, live or dead.
export function judge({state, ago, watched, lost}) {
  const shown = state !== null && state.image_silent_s !== null ? "dead" : "wait";
  if (lost) return dead(shown, "dead", "The robot does not answer", ago, SERVER);
  const silence = name => state === null || state[name] === null ? null : state[name] + ago;
  const poses = silence("silent_s"), image = silence("image_silent_s");
  if ((poses === null || image === null) && watched < START) {
    return {kind: "wait", image: "wait", numbers: "wait", title: "waiting for the first frame"};
  }
  if (poses === null) return dead(shown, "dead", "No poses yet", watched, ESTIMATOR);
  if (poses >= PATIENCE) return dead(shown, "dead", "No poses", poses, "This is how it was. " + ESTIMATOR);
  if (image === null) return dead("wait", "live", "No image yet", watched, VISUALIZER);
  if (image >= PATIENCE) return dead("dead", "live", "No image", image, VISUALIZER);
  return {kind: "live", image: "live", numbers: "live", title: "live \u00b7 " + state.fps.toFixed(1) + " fps"};
}

export function duration(seconds) {
  if (seconds < 60) return seconds.toFixed(seconds < 10 ? 1 : 0) + " s";
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${Math.floor(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
