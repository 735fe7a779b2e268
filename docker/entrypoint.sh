#!/usr/bin/env bash
# Lets the command that follows find ROS, the package, and the Python that has the network's runtime.
# shellcheck disable=SC1091
# Without "--" it would read the options of the command.
. /opt/lightweight_openpose/install/setup.bash --
export PATH="/opt/lightweight_openpose/.venv/bin:$PATH"
exec "$@"
