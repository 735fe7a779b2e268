"""A bag on a disk that is full: a clear error, no half bag in place, and the next run goes on."""

import subprocess
import sys
from pathlib import Path

import pytest

rosbag = pytest.importorskip("rosbag", reason="ROS is not sourced")
from test_process import SETTINGS, Spot, write

from lightweight_openpose.ros.bags.job import BagJob
from lightweight_openpose.ros.bags.process import process_bag

# With files of at most 100 kB; the bag with poses is larger.
LIMITED = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_process import SETTINGS, Spot
from lightweight_openpose.ros.bags.job import BagJob
from lightweight_openpose.ros.bags.process import process_bag
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    process_bag(BagJob(Path(sys.argv[2]), Path(sys.argv[3]), SETTINGS), Spot())
    print("WRITTEN")
except (OSError, RuntimeError, ValueError) as error:
    print(type(error).__name__, error)
"""


def test_a_bag_that_may_not_grow_is_told_and_made_the_next_time(tmp_path):
    source = tmp_path / "a.bag"
    target = tmp_path / "a_poses.bag"
    write(source)
    assert source.stat().st_size > 100_000
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(Path(__file__).parent), str(source), str(target)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    said = done.stdout.strip()
    assert done.returncode == 0, done.stderr
    assert "File too large" in said and "\n" not in said, said
    assert not target.exists()
    process_bag(BagJob(source, target, SETTINGS), Spot())
    with rosbag.Bag(str(target)) as bag:
        assert bag.get_message_count() > 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.bag", "a_poses.bag"]
