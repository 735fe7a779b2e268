"""Random messages are used or refused by name, and take no more memory; needs ROS."""

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rospy", reason="ROS is not sourced")
pytest.importorskip("cv_bridge")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from fuzzing import KINDS, outcome


@pytest.mark.parametrize("kind", KINDS)
def test_random_messages_are_used_or_refused_by_name(kind):
    rng = np.random.default_rng(7)
    used = sum(outcome(kind, rng) for _ in range(300))
    assert 5 < used < 295  # both happen
