// The last image stays where there is no newer one: a browser drops it when its stream ends.

// Copy what is shown now, if anything.
export function keep(image, canvas) {
  if (!image.naturalWidth) return;
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext("2d").drawImage(image, 0, 0);
  canvas.dataset.kept = "yes";
}

// Show the copy or, where there is none or it is not wanted, the stream.
export function showCopy(image, canvas, wanted) {
  const shown = wanted && canvas.dataset.kept === "yes";
  image.hidden = shown;
  canvas.hidden = !shown;
}
