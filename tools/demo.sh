#!/usr/bin/env bash
# The demo: SOURCE (webcam index, device, file, folder or URL; default: sample footage) through all nodes into OUT.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${OUT:-$PWD/out}
export ROS_HOME="$PWD/.cache/ros" ROS_LOG_DIR="$PWD/.cache/ros/log"
mkdir -p "$out" "$ROS_LOG_DIR"
rm -f "$out"/{summary.json,frame.png,demo.mp4,demo.bag,demo.bag.active}
if [ -z "${LIGHTWEIGHT_OPENPOSE_MODELS:-}" ] && [ -d ../shared/models ]; then
  LIGHTWEIGHT_OPENPOSE_MODELS=$(cd ../shared/models && pwd)
  export LIGHTWEIGHT_OPENPOSE_MODELS
fi
PYTHONPATH=src .venv/bin/python -m lightweight_openpose models fetch --missing "${MODEL:-default}"
args=()
if [ -z "${SOURCE:-}" ]; then
  tools/fetch_samples.sh
  SOURCE=$PWD/.cache/samples
  args+=(max_seconds:=15)
elif [ -e "$SOURCE" ]; then
  SOURCE=$(realpath "$SOURCE")
fi
set +u
# shellcheck disable=SC1091
. .ws/devel/setup.bash
set -u
[ -z "${DISPLAY:-}" ] || args+=(rviz:=true)
status=0
roslaunch lightweight_openpose demo.launch source:="$SOURCE" out:="$out" model:="${MODEL:-default}" \
  input_height:="${HEIGHT:-368}" "${args[@]}" || status=$?
[ -f "$out/summary.json" ] || { echo "demo: no result; roslaunch ended with $status, see the log above" >&2; exit 1; }
.venv/bin/python - "$out" <<'PY'
import json, os, sys
out = sys.argv[1]
summary = json.load(open(os.path.join(out, "summary.json")))
if not summary["ok"]:
    sys.exit("demo: " + summary["error"])
missing = [n for n in ("demo.mp4", "frame.png", "demo.bag") if not os.path.exists(os.path.join(out, n))]
if missing:
    sys.exit("demo: not written: " + ", ".join(missing))
print(f"\nLook at {out}: demo.mp4 (annotated video), frame.png, demo.bag (rosbag), summary.json")
PY
