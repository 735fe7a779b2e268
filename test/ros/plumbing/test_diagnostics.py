"""What a node says of the frames that it cannot use; needs ROS."""

from dataclasses import replace

import pytest

rospy = pytest.importorskip("rospy", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
from lightweight_openpose.msg import HumanPose3DArray, HumanPoseArray

from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.ros.plumbing.diagnostics import StreamHealth


@pytest.mark.parametrize("kind", [HumanPoseArray, HumanPose3DArray])
def test_poses_of_another_skeleton_are_counted_and_named(monkeypatch, kind):
    said = []
    monkeypatch.setattr(rospy, "logerr_throttle", lambda _, text, *words: said.append(text % words))
    health = StreamHealth()
    assert health.accepts(kind(skeleton="coco18"), COCO18)
    assert (health.bad, said) == (0, [])
    assert not health.accepts(kind(skeleton="submarine"), COCO18)
    assert not health.accepts(kind(skeleton="coco18"), replace(COCO18, name="drone"))
    assert health.bad == 2 and len(said) == 2
    assert "poses of skeleton submarine, but this node works on coco18" in said[0]
    assert "(2 so far): poses of skeleton coco18, but this node works on drone" in said[1]
