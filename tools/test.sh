#!/usr/bin/env bash
# Every test: the linters, rostest for the nodes, pytest for the core. Fails when one fails or none ran.
# With FAST=1 the core alone, in a minute or two: no ROS, no linters, nothing that takes seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -n "${FAST:-}" ]; then
  exec .venv/bin/python -m pytest -n "$(nproc)" --dist loadfile -m "not ros and not slow and not lint"
fi
tools/lint.sh
# shellcheck source=tools/ros_environment.sh
. tools/ros_environment.sh
PYTHONPATH=src .venv/bin/python -m lightweight_openpose models fetch --missing default
tools/fetch_samples.sh
set +u
# shellcheck disable=SC1091
. .ws/devel/setup.bash
set -u
echo "== rostest"
rm -rf .ws/build/test_results
(cd .ws && catkin_make run_tests -j1)
catkin_test_results --verbose .ws/build/test_results  # run_tests itself exits with 0 also when a test failed
ls .ws/build/test_results/*/*.xml >/dev/null
echo "== pytest"
.venv/bin/python -m pytest -n "$(nproc)" --dist loadfile
