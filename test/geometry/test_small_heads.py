"""Heads of few pixels, whose joints fit a face upside down nearly as well: synthetic people, and
joints that the package's network found."""

import cv2
import numpy as np
import pytest

from lightweight_openpose.geometry.camera import Camera
from lightweight_openpose.geometry.head import HEAD_KEYPOINTS, solve_head
from lightweight_openpose.geometry.upright import turn_in_image
from lightweight_openpose.poses import COCO18
from lightweight_openpose.poses.pose import missing_keypoints
from people import face, placed, seen

CAMERA = Camera.assumed_for(640, 480, np.radians(60))
FOCAL_LENGTH = CAMERA.matrix[0, 0]
BODY = ("neck", "right_shoulder", "left_shoulder")
BODY_MODEL = [(-0.06, 0, -0.22), (-0.06, -0.19, -0.25), (-0.06, 0.19, -0.25)]  # m from the eyes
BODY_INDICES = [COCO18.index(name) for name in BODY]

# Nose, eyes, ears, neck, shoulders [px] of pedestrians seen from behind; (): not found.
FROM_BEHIND = [
    [
        (532.7, 289.3),
        (),
        (533.4, 287.3),
        (543.8, 286.5),
        (538.0, 285.2),
        (541, 300),
        (548, 299),
        (537, 300),
    ],
    [
        (286.7, 194.2),
        (289.0, 197.3),
        (),
        (286.3, 196.5),
        (280.4, 195.9),
        (284, 204),
        (286, 203),
        (278, 203),
    ],
    [
        (346.5, 224.0),
        (),
        (344.9, 222.8),
        (356.2, 226.5),
        (349.2, 221.9),
        (354, 232),
        (359, 231),
        (350, 232),
    ],
    [
        (322.5, 220.9),
        (),
        (321.0, 220.7),
        (331.5, 224.2),
        (324.3, 219.9),
        (328, 228),
        (333, 228),
        (324, 230),
    ],
    [
        (314.6, 210.3),
        (315.2, 210.1),
        (),
        (312.5, 210.0),
        (307.3, 215.0),
        (309, 221),
        (310, 220),
        (308, 220),
    ],
    [
        (413.5, 236.4),
        (416.0, 238.5),
        (),
        (413.5, 235.4),
        (407.0, 233.9),
        (412, 243),
        (413, 243),
        (408, 243),
    ],
    [
        (452.3, 177.8),
        (),
        (448.4, 178.3),
        (456.1, 181.1),
        (449.7, 178.1),
        (453, 187),
        (457, 186),
        (451, 187),
    ],
]


def somebody(rng, yaw, size, leave_out=(), with_body=True):
    """(18, 3) noisy joints, and yaw, pitch, roll [deg]; yaw: [deg]; size: of the head [px]."""
    angles = (yaw, rng.uniform(-30, 30), rng.uniform(-25, 25))
    distance = 0.15 * FOCAL_LENGTH / size
    position = np.array([*rng.uniform(-0.2, 0.2, 2), 1]) * distance
    noise = rng.choice([0.5, 1, 1.5])
    keypoints = face(angles, position, CAMERA, leave_out, rng.normal(0, noise, (5, 2)))
    if with_body:
        torso = placed(BODY_MODEL, (yaw + rng.uniform(-60, 60), 0, 0), position)
        keypoints[BODY_INDICES] = seen(torso, CAMERA, noise=rng.normal(0, noise, (3, 2)))
    return keypoints, angles


def turned(keypoints, angle):
    """The same people in the image turned about the camera's axis, clockwise by an angle [rad]."""
    result = keypoints.copy()
    centre = CAMERA.matrix[:2, 2]
    result[:, :2] = (keypoints[:, :2] - centre) @ turn_in_image(angle).T + centre
    return result


def off(angle, other):
    """Difference of two angles [deg], in [0, 180]."""
    return abs((angle - other + 180) % 360 - 180)


@pytest.mark.parametrize("joints", FROM_BEHIND)
def test_a_pedestrian_seen_from_behind_has_no_face_upside_down(joints):
    keypoints = missing_keypoints(18)
    for name, xy in zip((*HEAD_KEYPOINTS, *BODY), joints):
        if xy:
            keypoints[COCO18.index(name)] = (*xy, 0.4)
    head, reason = solve_head(keypoints, Camera.assumed_for(768, 576, np.radians(60)))
    assert head is None and "towards the camera" in reason, np.degrees(head.roll)


@pytest.mark.parametrize("with_body", [True, False])
@pytest.mark.parametrize("size", [10, 14, 20, 40])
def test_a_head_turned_away_is_not_told_as_one_upside_down(size, with_body):
    rng = np.random.default_rng(0)
    rolls = []
    for _ in range(100):
        side = rng.choice([-1, 1])
        yaw = side * rng.uniform(100, 140)
        hidden = "left_eye" if side > 0 else "right_eye"
        keypoints, angles = somebody(rng, yaw, size, (hidden,), with_body)
        head, _ = solve_head(keypoints, CAMERA)
        if head is not None:
            rolls.append(off(np.degrees(head.roll), angles[2]))
    assert len(rolls) <= 6 and all(roll < 60 for roll in rolls)


@pytest.mark.parametrize("size, found", [(10, 60), (14, 85), (20, 95)])
def test_a_face_of_few_pixels_is_never_upside_down(size, found):
    rng = np.random.default_rng(0)
    rolls = []
    for _ in range(100):
        keypoints, angles = somebody(rng, rng.uniform(-60, 60), size)
        head, _ = solve_head(keypoints, CAMERA)
        if head is not None:
            rolls.append(off(np.degrees(head.roll), angles[2]))
    assert len(rolls) >= found and max(rolls) < 60


@pytest.mark.parametrize("degrees", [-90, 45, 90, 135, 180])
@pytest.mark.parametrize("size", [10, 20, 60])
def test_people_who_lie_keep_their_roll(size, degrees):
    """Whoever is told upright is told lying: the same head, turned with its body."""
    rng = np.random.default_rng(0)
    told = 0
    for _ in range(20):
        keypoints, _ = somebody(rng, rng.uniform(-40, 40), size)
        head, _ = solve_head(keypoints, CAMERA)
        lying, reason = solve_head(turned(keypoints, np.radians(degrees)), CAMERA)
        assert (head is None) == (lying is None), reason
        if head is None:
            continue
        told += 1
        across = turn_in_image(np.radians(degrees))
        expected = head.rotation.copy()
        expected[:2] = across @ head.rotation[:2]
        assert np.abs(lying.rotation - expected).max() < 0.03
    assert told >= 10


@pytest.mark.parametrize("degrees", [-90, 90])
def test_a_large_face_on_its_side_needs_no_body(degrees):
    for yaw in (-40, 0, 40):
        keypoints = face((yaw, 10, 0), (0.1, 0, 1), CAMERA)
        upright, _ = solve_head(keypoints, CAMERA)
        lying, reason = solve_head(turned(keypoints, np.radians(degrees)), CAMERA)
        assert lying is not None, reason
        assert off(np.degrees(angle_in_image(lying) - angle_in_image(upright)), degrees) < 1


def angle_in_image(head):
    """Of its up, clockwise from the image's [rad]."""
    return np.arctan2(head.rotation[0, 2], -head.rotation[1, 2])


@pytest.mark.parametrize("turn", [cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_90_COUNTERCLOCKWISE])
def test_heads_of_a_photograph_on_its_side(shared, turn):
    from lightweight_openpose.estimation.estimator import PoseEstimator

    estimator = PoseEstimator.load("own", input_height=368)
    told = 0
    for number in (24243, 157365, 47819, 357737):
        image = cv2.imread(str(shared / "coco_val" / "images" / f"{number:012d}.jpg"))
        sideways = cv2.rotate(image, turn)
        camera = Camera.assumed_for(*sideways.shape[1::-1], 1.05)
        for found in estimator(sideways):
            head, _ = solve_head(found.keypoints, camera)
            if head is None or not (found.keypoints[BODY_INDICES, 2] > 0).all():
                continue
            told += 1
            side = 90 if turn == cv2.ROTATE_90_CLOCKWISE else -90
            assert off(np.degrees(angle_in_image(head)), side) < 45
    assert told >= 2
