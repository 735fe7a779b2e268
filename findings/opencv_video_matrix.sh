#!/usr/bin/env bash
# OpenCV 4.13 and newer convert a video to BGR by the matrix that the file names; 4.12 and older take BT.601 always.
#
# A film of one colour is encoded twice, with the same YUV values; the second file says "BT.709" of itself. Through
# cv2.VideoCapture of 4.12.0 both have the same pixels, through 4.13.0 and 5.0.0 green of the second is 13 levels higher
# and red 15. What was tuned on frames of one version (colour thresholds, histograms, a network's INT8 calibration) sees
# other colours with the next. Fails where this is no longer so.
# opencv-python-headless 4.12.0.88, 4.13.0.92, 5.0.0.93; av 16.0.1, which encodes; numpy 2.2.6. Seen on 2026-12-01:
#   4.12.0 [28, 58, 217] [28, 58, 217]
#   4.13.0 [28, 58, 217] [24, 71, 232]
#   5.0.0 [28, 58, 217] [24, 71, 232]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > probe.py <<'PY'
import av
import cv2
import numpy as np

color = np.full((48, 64, 3), (30, 60, 220), np.uint8)
seen = []
for name, space in (("plain.mp4", None), ("tagged.mp4", 1)):  # 1: BT.709
    with av.open(name, "w") as film:
        stream = film.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        if space is not None:
            stream.codec_context.colorspace = space
        film.mux(stream.encode(av.VideoFrame.from_ndarray(color, format="bgr24")))
        film.mux(stream.encode(None))
    seen.append(cv2.VideoCapture(name).read()[1][24, 32].tolist())
print(cv2.__version__, *seen)
PY
cat > expected <<'TXT'
4.12.0 [28, 58, 217] [28, 58, 217]
4.13.0 [28, 58, 217] [24, 71, 232]
5.0.0 [28, 58, 217] [24, 71, 232]
TXT
python3 -m venv env
env/bin/pip install -q av==16.0.1 numpy==2.2.6
for version in 4.12.0.88 4.13.0.92 5.0.0.93; do
  env/bin/pip install -q --no-deps "opencv-python-headless==$version"
  env/bin/python probe.py
done | tee seen
diff expected seen
