from dataclasses import replace

import numpy as np

from lightweight_openpose.poses.oks import box_area
from lightweight_openpose.poses.pose import Pose, missing_keypoints
from people import person, standing


def test_the_area_is_that_of_the_box_around_the_joints_found():
    assert person().area == box_area(standing()) == 54 * 179
    assert person(only=["neck", "right_shoulder"]).area == 20 * 0.3 * 20  # seen edge-on
    assert Pose(missing_keypoints(18), 0.1).area == 1


def test_the_area_is_told_once_and_anew_for_other_keypoints():
    pose = person()
    assert pose.area is pose.area
    upper = np.where(np.arange(18)[:, None] < 8, pose.keypoints, missing_keypoints(18))
    assert replace(pose, keypoints=upper).area == 54 * 85
    assert replace(pose, track_id=3).area == pose.area
