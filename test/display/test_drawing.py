"""Pictures with people on them: what is where, and what is not."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from lightweight_openpose.display.colors import SIDE_COLORS, limb_colors
from lightweight_openpose.display.drawing import (
    LEGEND,
    DrawnHead,
    count_people,
    draw_poses,
    draw_status,
    id_color,
)
from lightweight_openpose.display.heads import drawn_head
from lightweight_openpose.display.labels import WHITE, Box, Labels, draw_bar
from lightweight_openpose.geometry.camera import AXES, Camera
from lightweight_openpose.geometry.orientation import Orientation, rotation_from_angles
from lightweight_openpose.poses import COCO18, Pose, find_skeleton
from lightweight_openpose.poses.skeleton_map import convert_pose

# Of a person who stands, over their height: x to the image's right, y down.
STANDING = np.array(
    [
        (0, 0.08),
        (0, 0.18),
        (-0.1, 0.2),
        (-0.14, 0.35),
        (-0.15, 0.48),
        (0.1, 0.2),
        (0.14, 0.35),
        (0.15, 0.48),
        (-0.06, 0.5),
        (-0.07, 0.74),
        (-0.07, 0.97),
        (0.06, 0.5),
        (0.07, 0.74),
        (0.07, 0.97),
        (-0.02, 0.06),
        (0.02, 0.06),
        (-0.05, 0.07),
        (0.05, 0.07),
    ]
)
SIZES = [(240, 320), (480, 640), (720, 1280), (2160, 3840)]


def person(x, y, height, score=0.9, track_id=1):
    keypoints = np.c_[STANDING * height + (x, y), np.full(18, score)].astype(np.float32)
    return Pose(keypoints, score, track_id)


def changed(image, grey=100):
    return np.abs(image.astype(int) - grey).max(2) > 8


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_left_and_right_have_their_colors(size):
    image = np.full((*size, 3), 100, np.uint8)
    pose = person(size[1] / 2, 0.05 * size[0], 0.9 * size[0])
    draw_poses(image, [pose], COCO18)
    colors = dict(zip(COCO18.limbs, limb_colors(COCO18)))
    for side in ("left", "right"):
        knee, ankle = (COCO18.index(f"{side}_{joint}") for joint in ("knee", "ankle"))
        middle = pose.keypoints[[knee, ankle], :2].mean(0).round().astype(int)
        assert np.abs(image[middle[1], middle[0]] - np.array(colors[knee, ankle])).max() < 40
    assert colors[9, 10] != colors[12, 13]


def test_what_is_hardly_certain_is_faint():
    strong, weak = (np.full((480, 640, 3), 100, np.uint8) for _ in range(2))
    draw_poses(strong, [person(320, 20, 430)], COCO18)
    draw_poses(weak, [person(320, 20, 430, score=0.2)], COCO18)
    leg = slice(350, 420), slice(270, 370)
    most = [np.abs(image[leg].astype(int) - 100).max() for image in (strong, weak)]
    assert 0.2 < most[1] / most[0] < 0.6


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_tags_of_a_crowd_do_not_lie_on_each_other(size):
    rng = np.random.default_rng(0)
    image = np.full((*size, 3), 100, np.uint8)
    labels = Labels(image)
    height = 0.25 * size[0]
    boxes = []
    for i in range(20):
        x, y = rng.uniform(0, 0.9, 2) * (size[1], size[0] - height)
        boxes.append(labels.tag(f"id {i}", Box(x, y, 0.3 * height, height), id_color(i)))
    assert all(
        b.x >= 0 and b.y >= 0 and b.x + b.width <= size[1] and b.y + b.height <= size[0]
        for b in boxes
    )
    worst = max(a.overlap(b) / (a.width * a.height) for a, b in itertools.combinations(boxes, 2))
    assert worst < 0.1


def test_a_tag_leaves_faces_alone_where_there_is_room():
    image = np.full((480, 640, 3), 100, np.uint8)
    face = Box(300, 20, 80, 100)
    tag = Labels(image, [face]).tag("id 3", Box(300, 130, 60, 300), (0, 200, 0))
    assert tag.overlap(face) == 0


@pytest.mark.parametrize("width", [160, 320, 640, 3840])
def test_the_bar_is_never_cut(width):
    image = np.full((240, width, 3), 100, np.uint8)
    draw_status(image, "29.8 fps   12 people", legend=True)
    letters = image.astype(int).max(2) > 120
    columns = np.flatnonzero(letters.any(0))
    rows = np.flatnonzero(letters.any(1))
    assert len(columns) and columns[0] >= 1 and columns[-1] <= width - 2
    assert rows[-1] < 239 and rows[0] > 200


def test_what_does_not_fit_a_narrow_bar_is_left_out_from_the_end():
    narrow, wide = (np.full((240, width, 3), 100, np.uint8) for width in (120, 1280))
    for image in (narrow, wide):
        draw_bar(image, [("29.8 fps   12 people", WHITE), *LEGEND])
    red = LEGEND[2][1]
    assert not (np.abs(narrow.astype(int) - red).max(2) < 20).any()
    assert (np.abs(wide.astype(int) - red).max(2) < 20).any()


def test_people_are_counted_in_words():
    assert [count_people(n) for n in (0, 1, 2)] == ["0 people", "1 person", "2 people"]


def test_a_heads_axes_and_its_text_beside_the_face():
    plain, drawn = (np.full((480, 640, 3), 100, np.uint8) for _ in range(2))
    pose = person(320, 60, 400)
    head = DrawnHead(np.array([320.0, 85.0]), np.array([[330.0, 95], [350, 85], [320, 55]]), "y+5")
    draw_poses(plain, [pose], COCO18)
    draw_poses(drawn, [pose], COCO18, [head])
    difference = (plain != drawn).any(2)
    assert difference[50:100, 310:355].any()  # the axes
    ys, xs = np.nonzero(difference)
    assert xs.max() > 360 or xs.min() < 290 or ys.min() < 40  # the text beside them


def test_nobody_and_people_beyond_the_image_change_nothing():
    image = np.full((240, 320, 3), 100, np.uint8)
    draw_poses(image, [], COCO18)
    draw_poses(image, [Pose(np.full((18, 3), (np.nan, np.nan, 0), np.float32), 0.1)], COCO18)
    assert not changed(image).any()
    draw_poses(image, [person(5000, 5000, 100, score=0.2)], COCO18)
    assert changed(image).mean() < 0.02  # its tag alone, at the edge


def test_objects_without_sides_keep_the_colors_of_their_skeleton():
    submarine = find_skeleton("submarine")
    sides = {name.split("_")[0] for name in submarine.keypoints}
    expected = limb_colors(submarine)
    assert len(expected) == len(submarine.limbs)
    if not {"left", "right"} <= sides:
        assert expected == list(submarine.limb_colors)


def test_each_finger_of_a_hand_has_its_color():
    image = np.full((480, 640, 3), 100, np.uint8)
    hand = np.full((21, 3), 0.9, np.float32)
    hand[0, :2] = 320, 400
    for finger in range(5):
        for joint in range(4):
            hand[1 + 4 * finger + joint, :2] = 200 + 60 * finger, 300 - 40 * joint
    nobody = Pose(np.c_[np.full((18, 2), np.nan), np.zeros(18)].astype(np.float32), 0.5)
    draw_poses(image, [replace(nobody, left_hand=hand)], COCO18)
    colors = {tuple(image[200, 200 + 60 * finger]) for finger in range(5)}
    assert len(colors) == 5 and (100, 100, 100) not in colors
    hand[1:5] = (np.nan, np.nan, 0)
    without = np.full_like(image, 100)
    draw_poses(without, [replace(nobody, right_hand=hand)], COCO18)
    assert not changed(without[:300, :230]).any() and changed(without[:300, 230:]).any()


def test_hands_among_the_joints_are_drawn_as_hands_beside_them():
    hand = np.full((21, 3), 0.9, np.float32)
    hand[:, :2] = np.c_[200 + 9 * np.arange(21), 120 + 30 * (np.arange(21) % 5)]
    pose = replace(person(320, 60, 400), left_hand=hand, right_hand=hand + (90, 40, 0))
    beside, among = (np.full((480, 640, 3), 100, np.uint8) for _ in range(2))
    draw_poses(beside, [pose], COCO18)
    whole = find_skeleton("body_hands")
    draw_poses(among, [convert_pose(pose, COCO18, whole)], whole)
    np.testing.assert_array_equal(beside, among)


FACE = find_skeleton("face_32")


def face(scale, at=(200, 200)):
    """(32, 3): the landmarks that have a place, from the front, scale [px/m]."""
    keypoints = np.full((32, 3), (np.nan, np.nan, 0), np.float32)
    for k, point in enumerate(FACE.points):
        if point is not None:
            keypoints[k] = at[0] + scale * point[1], at[1] - scale * point[2], 0.9
    return keypoints


def with_face(keypoints):
    nobody = Pose(np.c_[np.full((18, 2), np.nan), np.zeros(18)].astype(np.float32), 0.5)
    return replace(nobody, face=keypoints)


def test_a_face_has_dots_and_lines_in_the_colors_of_its_sides():
    image = np.full((400, 400, 3), 100, np.uint8)
    keypoints = face(1600)
    draw_poses(image, [with_face(keypoints)], COCO18)
    left, right = (SIDE_COLORS[side] for side in ("left", "right"))
    for side, color in (("left", left), ("right", right)):
        eye = [keypoints[FACE.index(f"{side}_eye_{end}"), :2] for end in ("inner", "outer")]
        x, y = np.mean(eye, axis=0).round().astype(int)
        around = image[y - 1 : y + 2, x].astype(int)
        assert np.abs(around - color).max(1).min() < 40
        x, y = eye[1].round().astype(int)
        assert image[y, x].min() > 200  # the dot
    x, y = keypoints[FACE.index("forehead"), :2].round().astype(int)
    assert changed(image)[y, x] and not changed(image)[:, 350:].any()


def test_a_small_face_is_not_hidden_by_dots():
    image = np.full((400, 400, 3), 100, np.uint8)
    draw_poses(image, [with_face(face(150))], COCO18)
    drawn = changed(image)
    assert drawn.any() and not (image.min(2) > 240).any()


def test_a_face_that_is_nowhere_changes_nothing():
    image = np.full((400, 400, 3), 100, np.uint8)
    draw_poses(image, [with_face(np.full((32, 3), (np.nan, np.nan, 0), np.float32))], COCO18)
    assert not changed(image).any()


CAMERA = Camera(np.array([[600, 0, 320], [0, 600, 240], [0, 0, 1.0]]))


def head(stddev, yaw=0.0, pitch=0.0, roll=0.0, z=2.0):
    place = np.array([0.0, 0.0, z])
    rotation = rotation_from_angles(yaw, pitch, roll, place)
    return Orientation(rotation, place, yaw, pitch, roll, 1.0, 5, stddev)


def test_an_ellipse_spans_the_deviations_of_yaw_and_pitch():
    """Seen from the front, yaw moves the tip of the axis sideways and pitch up and down."""
    drawn = drawn_head(head((0.2, 0.1, 0.9), roll=0.7), CAMERA)
    spread = np.sqrt(np.diag(drawn.spread))
    nearness = [2.0 - AXES * np.cos(angle) for angle in (0.2, 0.1)]
    expected = [600 * AXES * np.sin(angle) / z for angle, z in zip((0.2, 0.1), nearness)]
    np.testing.assert_allclose(spread, expected, rtol=1e-6)
    assert abs(drawn.spread[0, 1]) < 1e-9


@pytest.mark.parametrize("stddev", [(np.nan,) * 3, (0.1, np.nan, 0.1), (np.inf, 0.1, 0.1)])
def test_what_is_not_known_of_the_angles_has_no_ellipse(stddev):
    assert drawn_head(head(stddev), CAMERA).spread is None


def test_an_ellipse_that_reaches_behind_the_camera_is_not_drawn():
    assert drawn_head(head((1.6, 1.6, 0.1), yaw=np.pi, z=0.15), CAMERA).spread is None


def test_the_ellipse_is_drawn_around_the_tip_where_it_is():
    plain, drawn = (np.full((480, 640, 3), 100, np.uint8) for _ in range(2))
    certain = DrawnHead(np.array([320.0, 240]), np.array([[320.0, 240], [350, 240], [320, 210]]))
    draw_poses(plain, [], COCO18, [certain])
    spread = np.diag([80.0**2, 30.0**2])
    draw_poses(drawn, [], COCO18, [certain._replace(spread=spread)])
    ys, xs = np.nonzero((plain != drawn).any(2))
    assert (xs.min(), xs.max()) == pytest.approx((240, 400), abs=2)
    assert (ys.min(), ys.max()) == pytest.approx((210, 270), abs=2)
    turned = np.full_like(plain, 100)
    draw_poses(turned, [], COCO18, [certain._replace(spread=spread[::-1, ::-1])])
    ys, xs = np.nonzero((plain != turned).any(2))
    assert (xs.min(), xs.max()) == pytest.approx((290, 350), abs=2)
    assert (ys.min(), ys.max()) == pytest.approx((160, 320), abs=2)
