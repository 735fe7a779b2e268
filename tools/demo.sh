#!/usr/bin/env bash
# The demo: SOURCE (webcam index, device, file, folder or URL; default: sample footage) through all nodes into OUT.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "demo: $*" >&2; exit 1; }

check_source() {  # prints what is wrong with $1 when it gives no frame within a few seconds
  PYTHONPATH=src .venv/bin/python - "$1" <<'PY' 2>/dev/null  # OpenCV and FFmpeg say much more there
import os, sys
from lightweight_openpose.video.capture import SourceError
from lightweight_openpose.video.sources import Source
fault = ""
try:
    next(iter(Source(sys.argv[1], patience=2.0)))
except SourceError as error:
    fault = str(error)
except OSError as error:
    fault = f"{sys.argv[1]} cannot be read: {error.strerror}"
print(fault, flush=True)
os._exit(bool(fault))  # a camera that hangs is left alone
PY
}

free_port() {
  .venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("", 0)); print(s.getsockname()[1])'
}

if [[ ! ${HEIGHT:-368} =~ ^[0-9]+$ ]]; then
  fail "HEIGHT is $HEIGHT; give a whole number of px, such as 256"
fi
if [ -n "${SOURCE:-}" ]; then
  if [ -e "$SOURCE" ]; then
    [ -r "$SOURCE" ] || fail "$SOURCE cannot be read: permission denied"
    SOURCE=$(realpath "$SOURCE")
  fi
  fault=$(check_source "$SOURCE") || fail "${fault:-$SOURCE cannot be opened}"
fi
mkdir -p "${OUT:=out}"
out=$(realpath "$OUT")
log=$out/demo.log
rm -f "$out"/{summary.json,frame.png,demo.mp4,demo.bag,demo.bag.active}
# shellcheck source=tools/ros_environment.sh
. tools/ros_environment.sh
PYTHONPATH=src .venv/bin/python -m lightweight_openpose models fetch --missing "${MODEL:-default}"
args=()
SOURCE=${SOURCE:-$PWD/samples/park.mp4}
set +u
# shellcheck disable=SC1091
. .ws/devel/setup.bash
set -u
[ -z "${DISPLAY:-}" ] || args+=(rviz:=true)
# A master of its own: on one that runs already, nodes of the same names would be stopped and other cameras watched.
ROS_MASTER_URI=http://localhost:$(free_port)
export ROS_MASTER_URI
unset ROS_NAMESPACE
echo "demo: watching $SOURCE; Ctrl-C ends it (another terminal looks in with ROS_MASTER_URI=$ROS_MASTER_URI)"
trap : INT  # ends roslaunch, not this script: what was seen until then is told
roslaunch lightweight_openpose demo.launch source:="$SOURCE" out:="$out" model:="${MODEL:-default}" \
  input_height:="${HEIGHT:-368}" "${args[@]}" 2>&1 </dev/null \
  | tee -i "$log" | { trap '' INT; sed -un 's/^demo: /  /p'; } || true
.venv/bin/python -m lightweight_openpose.ros.nodes.demo_summary "$out"
