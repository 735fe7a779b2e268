# shellcheck shell=bash
# For scripts in the folder of the package: ROS's files and logs under .cache, the optional folder of models, and an
# address at which nodes reach each other.
export ROS_HOME="$PWD/.cache/ros" ROS_LOG_DIR="$PWD/.cache/ros/log"
mkdir -p "$ROS_LOG_DIR"
if [ -z "${LIGHTWEIGHT_OPENPOSE_MODELS:-}" ] && [ -d ../shared/models ]; then
  LIGHTWEIGHT_OPENPOSE_MODELS=$(cd ../shared/models && pwd)
  export LIGHTWEIGHT_OPENPOSE_MODELS
fi

leads_back_here() {  # whether this machine is reached by its own name, under which nodes register
  .venv/bin/python - <<'PY' 2>/dev/null
import socket
with socket.socket() as server:
    server.bind(("", 0))
    server.listen(1)
    socket.create_connection((socket.gethostname(), server.getsockname()[1]), 2).close()
PY
}
[ -n "${ROS_IP:-}${ROS_HOSTNAME:-}" ] || leads_back_here || export ROS_IP=127.0.0.1
