"""Gestures of people in real photographs, told by looking at them.

Needs the folder of shared data.
"""

import cv2
import numpy as np
import pytest

from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.head import solve_head
from lightweight_openpose.gestures.gesture_tracker import GestureTracker
from lightweight_openpose.poses.skeleton import COCO18


@pytest.fixture(scope="module")
def gestures(shared):
    """Called with an image's id and x, y of a person's middle, the Gestures of who stays so."""
    try:
        estimator = PoseEstimator.load("human-pose-estimation-0001", input_height=368)
    except (FileNotFoundError, RuntimeError) as error:
        pytest.skip(str(error))

    def of(number, middle):
        image = cv2.imread(str(shared / "coco_val" / "images" / f"{number:012d}.jpg"))
        poses = estimator(image)
        centres = np.array([np.add(p.bbox[:2], np.divide(p.bbox[2:], 2)) for p in poses])
        pose = poses[int(np.argmin(np.linalg.norm(centres - middle, axis=1)))]
        assert np.linalg.norm(centres - middle, axis=1).min() < 60, "the person was not found"
        head, _ = solve_head(pose.keypoints, Camera.assumed_for(*image.shape[1::-1], 1.05))
        angles = (head.yaw, head.pitch) if head else None
        tracker = GestureTracker(COCO18)
        for i in range(15):
            result = tracker.update(pose.keypoints, i / 10, angles)
        return result

    return of


@pytest.mark.parametrize(
    "number, middle, left, right",
    [
        (376900, (146, 389), True, False),
        (476514, (224, 280), True, True),
        (388215, (342, 253), True, False),
        (152686, (311, 196), False, True),
        (13201, (192, 295), False, True),
        (194471, (146, 241), False, True),
        (47819, (80, 187), False, False),
        (357737, (504, 232), False, False),
        (24243, (347, 173), False, False),
    ],
)
def test_arms_raised(gestures, number, middle, left, right):
    assert gestures(number, middle).raised == {"left": left, "right": right}


@pytest.mark.parametrize(
    "number, middle, arms",
    [
        (516318, (437, 256), ("left",)),
        (81988, (396, 255), ("left", "right")),
        (143572, (318, 305), ("right",)),
        (39785, (235, 218), ("left",)),
        (47819, (80, 187), (None,)),
        (24243, (347, 173), (None,)),
        (157365, (168, 297), (None,)),
    ],
)
def test_pointing(gestures, number, middle, arms):
    assert gestures(number, middle).pointing in arms


@pytest.mark.parametrize(
    "number, middle, facing",
    [
        (24243, (347, 173), True),
        (157365, (168, 297), True),
        (47819, (80, 187), True),
        (357737, (504, 232), True),
        (81988, (396, 255), False),
        (312489, (80, 193), False),
        (510095, (484, 246), False),
        (393226, (123, 263), False),
    ],
)
def test_facing(gestures, number, middle, facing):
    assert gestures(number, middle).facing == facing


@pytest.mark.parametrize(
    "number, middle",
    [(259690, (355, 227)), (54593, (153, 252)), (308165, (208, 283)), (47819, (80, 187))],
)
def test_bending_crouching_and_jumping_people_have_not_fallen(gestures, number, middle):
    assert not gestures(number, middle).fallen


def test_a_lying_child(gestures):
    assert gestures(468577, (274, 319)).fallen
