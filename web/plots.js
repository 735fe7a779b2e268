// Lines over the last minute.

const MINUTE = 60, LEFT = 36;

export const color = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

// A context in CSS pixels, cleared, sharp on every screen.
export function fresh(canvas) {
  const scale = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  context.font = "11px system-ui, sans-serif";
  return {context, width, height};
}

// series: [colour, value of a sample] each; marks: values with a line and a number.
export function plot(canvas, samples, series, marks, now) {
  const {context, width, height} = fresh(canvas);
  const low = marks[0], high = marks[marks.length - 1];
  const y = value => height - 8 - (Math.min(Math.max(value, low), high) - low) / (high - low) * (height - 16);
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const mark of marks) {
    context.strokeStyle = color("line");
    context.fillStyle = color("quiet");
    context.fillText(String(mark).replace("-", "\u2212"), LEFT - 5, y(mark));
    context.beginPath();
    context.moveTo(LEFT, y(mark));
    context.lineTo(width, y(mark));
    context.stroke();
  }
  for (const [name, value] of series) {
    context.strokeStyle = color(name);
    context.lineWidth = 1.6;
    context.beginPath();
    let pen = false;
    for (const sample of samples) {
      const v = value(sample);
      if (v === null || v === undefined) { pen = false; continue; }
      const x = LEFT + (width - LEFT) * (1 - (now - sample.time) / MINUTE);
      if (pen) context.lineTo(x, y(v)); else context.moveTo(x, y(v));
      pen = true;
    }
    context.stroke();
  }
}

// A round upper end for an axis from zero.
export function roundUp(value, least) {
  const wanted = Math.max(value, least), unit = 10 ** Math.floor(Math.log10(wanted));
  return unit * [1, 2, 5, 10].find(factor => factor * unit >= wanted);
}

export function forget(samples, now) {
  while (samples.length && now - samples[0].time > MINUTE) samples.shift();
}
