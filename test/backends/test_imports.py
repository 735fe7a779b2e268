"""A model is opened with the runtime that runs it: no other one is imported, nothing is reported."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from lightweight_openpose.backends.choice import installed
from lightweight_openpose.backends.runtimes import RUNTIMES

SRC = Path(__file__).resolve().parents[2] / "src"
HEAVY = {
    *(runtime.package for runtime in RUNTIMES.values()),
    "onnx",
    "matplotlib",
    "pandas",
    "aiohttp",
    "rospy",
} - {"cv2"}
LOAD = """
import sys
sys.path.insert(0, sys.argv[1])
from lightweight_openpose.estimation.estimator import PoseEstimator
estimator = PoseEstimator.load("own", sys.argv[2], face="auto")
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
@pytest.mark.parametrize("asked", ["by its name", "as the first that is installed"])
def test_no_other_runtime_is_imported(runtime, asked):
    if not installed(runtime):
        pytest.skip(f"no {runtime}")
    if asked != "by its name" and runtime != "openvino":
        pytest.skip("the other one is preferred")
    name = runtime if asked == "by its name" else "auto"
    command = [sys.executable, "-c", LOAD, str(SRC), name]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=300)
    imported = HEAVY & set(done.stdout.decode().split())
    assert imported == {RUNTIMES[runtime].package}


FORKS = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
os.register_at_fork(before=lambda: print("fork", flush=True))
import lightweight_openpose.backends.openvino_backend
try:
    import nncf
except ImportError:
    pass
time.sleep(1)
print("telemetry", sys.modules.get("openvino_telemetry"))
"""


@pytest.mark.skipif(
    not (installed("openvino") and importlib.util.find_spec("openvino_telemetry")),
    reason="no openvino with openvino-telemetry",
)
def test_openvino_forks_no_copy_that_reports_its_use():
    command = [sys.executable, "-c", FORKS, str(SRC)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=300)
    assert done.stdout.decode().split() == ["telemetry", "None"]
