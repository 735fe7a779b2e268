#!/usr/bin/env bash
# A network of open height and width in OpenVINO's CPU plugin keeps memory for each new size of input, until it knows
# 5000 layers of sizes; CPU_RUNTIME_CACHE_CAPACITY bounds it, though no list of settings names it.
#
# 24 convolutions with bias and ReLU, compiled once for all sizes, see 300 sizes of images. Over the last 200 of them the
# process grows by 139 MB by itself, and by 31 MB with a capacity of 400. SUPPORTED_PROPERTIES of the plugin lacks the name. Core.set_property("CPU", ...) takes it, and any other name, without an error: a wrong name is
# refused when a network is compiled. What each size costs is code that is generated for it, not the images.
# Fails where this is no longer so. openvino 2026.4.1, numpy 2.2.6, Python 3.11. Seen on 2026-12-01:
#   listed: False
#   a wrong name is refused by: compile_model
#   grows by three times as much without a bound: True
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > probe.py <<'PY'
import sys

import numpy as np
import openvino as ov
from openvino import opset13 as op

NAME = "CPU_RUNTIME_CACHE_CAPACITY"


def network():
    rng = np.random.default_rng(0)
    image = op.parameter([1, 3, -1, -1], np.float32)
    x, channels = image, 3
    for width in [32, 48, 64, 96] * 6:
        weights = rng.normal(0, 0.05, (width, channels, 3, 3)).astype(np.float32)
        bias = rng.normal(0, 0.1, (1, width, 1, 1)).astype(np.float32)
        x = op.convolution(x, weights, [1, 1], [1, 1], [1, 1], [1, 1])
        x, channels = op.relu(op.add(x, bias)), width
    return ov.Model([x], [image])


def used():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6


def growth(settings):
    core = ov.Core()
    request = core.compile_model(network(), "CPU", settings).create_infer_request()
    sizes = [(16 + 4 * row, 16 + 4 * column) for row in range(15) for column in range(20)]
    seen = []
    for size in sizes:
        request.infer([np.zeros((1, 3, *size), np.float32)])
        seen.append(used())
    return seen[-1] - seen[99]


if len(sys.argv) > 1:
    print(growth({NAME: sys.argv[1]} if sys.argv[1] != "none" else {}))
    sys.exit()
core = ov.Core()
print("listed:", NAME in core.get_property("CPU", "SUPPORTED_PROPERTIES"))
try:
    core.set_property("CPU", {"NO_SUCH_SETTING": "1"})
    core.compile_model(network(), "CPU")
    print("a wrong name is refused by: nobody")
except RuntimeError:
    try:
        ov.Core().set_property("CPU", {"NO_SUCH_SETTING": "1"})
        print("a wrong name is refused by: compile_model")
    except RuntimeError:
        print("a wrong name is refused by: set_property")
PY
python3.11 -m venv env
env/bin/pip install -q openvino==2026.4.1 numpy==2.2.6
cat > expected <<'TXT'
listed: False
a wrong name is refused by: compile_model
grows by three times as much without a bound: True
TXT
{
  env/bin/python probe.py
  free=$(env/bin/python probe.py none)
  bound=$(env/bin/python probe.py 400)
  echo "$free and $bound MB" >&2
  env/bin/python -c "print('grows by three times as much without a bound:', $free > 3 * $bound)"
} | tee seen
diff expected seen
