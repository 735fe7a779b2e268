#!/usr/bin/env bash
# Every test: the linters, rostest for the nodes, pytest for the core. Fails when one fails or none ran.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/lint.sh
export ROS_HOME="$PWD/.cache/ros" ROS_LOG_DIR="$PWD/.cache/ros/log"
mkdir -p "$ROS_LOG_DIR"
if [ -z "${LIGHTWEIGHT_OPENPOSE_MODELS:-}" ] && [ -d ../shared/models ]; then
  LIGHTWEIGHT_OPENPOSE_MODELS=$(cd ../shared/models && pwd)
  export LIGHTWEIGHT_OPENPOSE_MODELS
fi
PYTHONPATH=src .venv/bin/python -m lightweight_openpose models fetch --missing default
tools/fetch_samples.sh
set +u
# shellcheck disable=SC1091
. .ws/devel/setup.bash
set -u
echo "== rostest"
rm -rf .ws/build/test_results
(cd .ws && catkin_make run_tests -j1)
catkin_test_results .ws/build/test_results  # run_tests itself exits with 0 also when a test failed
ls .ws/build/test_results/*/*.xml >/dev/null
echo "== pytest"
.venv/bin/python -m pytest test --ignore test/ros/nodes
