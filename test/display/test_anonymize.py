"""Heads are covered, wherever they are found, and nothing else is touched."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from lightweight_openpose.display.anonymize import HOLD, HeadAnonymizer, find_more, shown
from lightweight_openpose.display.head_boxes import FACE, head_boxes
from lightweight_openpose.display.labels import Box
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.poses.pose import Pose
from lightweight_openpose.poses.skeleton import COCO18, Skeleton
from people import STANDING, person

# Photographs in which the network puts the head of somebody elsewhere, told by looking at them: on
# the chest of one upside down, on the back of one who hides the face.
ELSEWHERE = {128654, 210915}
HEAD = Box(88, 22, 24, 34)  # of STANDING, 15 x 23 cm at its shoulders' 40 px
BODY = ("neck", "right_shoulder", "left_shoulder", "right_hip", "left_hip")


def covers(boxes, box):
    return any(
        b.x <= box.x
        and b.y <= box.y
        and box.x + box.width <= b.x + b.width
        and box.y + box.height <= b.y + b.height
        for b in boxes
    )


def moved(box, x):
    return box._replace(x=box.x + x)


@pytest.mark.parametrize(
    "seen",
    [
        COCO18.keypoints,
        FACE,
        ("nose", *BODY),
        ("right_ear", *BODY),
        BODY,
        ("neck", "right_shoulder", "left_shoulder"),
        ("right_shoulder", "left_shoulder", "right_elbow"),
    ],
)
def test_a_head_is_covered_by_whichever_joints_it_is_found(seen):
    boxes = HeadAnonymizer(COCO18).update([person(only=seen)], 0.0)
    assert covers(boxes, HEAD)
    assert all(box.height < 80 for box in boxes), "more than a head and its surroundings"


def test_somebody_who_lies_is_covered_where_the_head_is():
    keypoints = person(only=BODY).keypoints
    keypoints[:, :2] = keypoints[:, 1::-1]  # the head is to the left
    (box,) = HeadAnonymizer(COCO18).update([Pose(keypoints, 0.5)], 0.0)
    assert covers([box], Box(22, 88, 34, 24))
    assert box.x + box.width < STANDING["left_hip"][1]


def test_legs_alone_tell_of_no_head():
    legs = ("right_hip", "right_knee", "right_ankle")
    assert HeadAnonymizer(COCO18).update([person(only=legs)], 0.0) == []


@pytest.mark.parametrize("track_id", [-1, 3])
def test_a_missed_head_stays_covered_for_the_hold_and_no_longer(track_id):
    heads = HeadAnonymizer(COCO18)
    first = heads.update([person(track_id=track_id)], 10.0)
    assert heads.update([], 10.0 + HOLD / 2) == first
    legs = person(track_id=track_id, only=("right_hip", "right_knee", "right_ankle"))
    assert heads.update([legs], 10.0 + HOLD) == first
    assert heads.update([], 10.1 + HOLD) == []


def test_a_moving_head_is_covered_where_it_has_moved_to():
    heads = HeadAnonymizer(COCO18)
    for i in range(5):
        heads.update([person(x=10 * i, track_id=3)], i / 10)
    assert covers(heads.update([], 0.7), moved(HEAD, 70))  # at 100 px/s
    assert covers(heads.update([], 0.8), moved(HEAD, 40))  # or it has stopped


@pytest.mark.parametrize("ids", [(3, 3), (-1, -1), (-1, 3)])
def test_a_head_that_is_found_again_leaves_no_cover_behind(ids):
    heads = HeadAnonymizer(COCO18)
    heads.update([person(track_id=ids[0])], 0.0)
    assert len(heads.update([person(x=10, track_id=ids[1])], 0.1)) == 1


def test_one_who_is_missed_stays_covered_beside_one_who_is_found():
    heads = HeadAnonymizer(COCO18)
    heads.update([person(track_id=1), person(x=20, track_id=2)], 0.0)
    for other in (person(x=20, track_id=2), person(x=20)):
        assert covers(heads.update([other], 0.1), HEAD)


def test_time_that_goes_back_resets():
    heads = HeadAnonymizer(COCO18)
    heads.update([person(track_id=3)], 10.0)
    assert heads.update([], 9.9) == []


@pytest.mark.parametrize("how", ["blur", "box"])
def test_an_image_without_people_is_the_same_to_the_bit(how):
    image = np.random.default_rng(0).integers(0, 256, (240, 200, 3), np.uint8)
    before = image.copy()
    HeadAnonymizer.anonymize(image, HeadAnonymizer(COCO18).update([], 0.0), how)
    assert (image == before).all()


@pytest.mark.parametrize(
    "shape, dtype",
    [
        ((60, 80, 3), "u1"),
        ((60, 80), "u1"),
        ((60, 80), ">u2"),
        ((60, 80, 1), "u2"),
        ((60, 80, 4), "u1"),
    ],
)
@pytest.mark.parametrize("how", ["blur", "box"])
def test_only_the_box_changes_in_every_kind_of_image(how, shape, dtype):
    top = np.iinfo(dtype).max
    image = np.random.default_rng(0).integers(0, top, shape).astype(dtype)
    before = image.copy()
    HeadAnonymizer.anonymize(image, [Box(20.5, 10, 29.5, 30), Box(70, -9, 40, 14)], how)
    inside = np.zeros(shape, bool)
    inside[10:40, 20:50] = inside[:5, 70:] = True
    assert (image[~inside] == before[~inside]).all()
    assert np.mean(image[inside] != before[inside]) > 0.9
    assert image[10:40, 20:50].astype(float).std() < 0.15 * top


def test_boxes_outside_the_image_cover_nothing():
    image = np.zeros((60, 80, 3), np.uint8)
    HeadAnonymizer.anonymize(
        image, [Box(-50, 5, 40, 20), Box(90, 5, 9, 9), Box(5, -50, 9, 40)], "box"
    )
    assert not image.any()


def test_a_blur_forgets_what_was_finer_than_a_sixth_of_the_head():
    """Two chequered heads of other phase leave as the same grey."""
    ys, xs = np.mgrid[:120, :120]
    left = [np.uint8(255 * ((ys // 10 + xs // 10 + phase) % 2)) for phase in (0, 1)]
    for image in left:
        HeadAnonymizer.anonymize(image, [Box(0, 0, 120, 120)], "blur")
    assert np.abs(left[0].astype(int) - left[1]).max() <= 1


def test_a_skeleton_without_a_head_is_refused():
    with pytest.raises(ValueError, match="skeleton cube has no nose, eyes or ears"):
        HeadAnonymizer(Skeleton("cube", ("a", "b"), ((0, 1),), (0.1, 0.1)))


def test_covering_finds_more_and_shows_the_same(shared):
    estimator = loaded()
    more = replace(estimator, config=find_more(estimator.config))
    image = cv2.imread(str(sorted((shared / "coco_val" / "images").iterdir())[0]))
    expected, found = estimator(image), more(image)
    again = shown(found, estimator.config)
    assert len(found) >= len(again) == len(expected)
    assert all(
        np.allclose(a.keypoints, b.keypoints, 0, 0, equal_nan=True) for a, b in zip(again, expected)
    )


def loaded():
    try:
        return PoseEstimator.load(input_height=256)
    except (FileNotFoundError, RuntimeError) as error:
        pytest.skip(str(error))


def test_every_labelled_face_of_who_is_found_is_covered(shared):
    """COCO's own nose, eyes and ears of the people found lie below the covers of the image."""
    estimator = loaded()
    more = replace(estimator, config=find_more(estimator.config))
    labels = json.loads((shared / "coco_val" / "person_keypoints.json").read_text())
    names = labels["categories"][0]["keypoints"]
    people = {}
    for label in labels["annotations"]:
        if label["num_keypoints"] == 0:
            continue
        people.setdefault(label["image_id"], []).append(np.reshape(label["keypoints"], (-1, 3)))
    faces, points, missed = 0, 0, []
    for number in sorted(set(people) - ELSEWHERE):
        path = shared / "coco_val" / "images" / f"{number:012d}.jpg"
        found = more(cv2.imread(str(path)))
        boxes = [box for pose in found for box in head_boxes(pose, COCO18)]
        for pose in shown(found, estimator.config):
            own = whose(pose, people[number], names)
            if own is None or not head_boxes(pose, COCO18):
                continue
            seen = [own[names.index(n)][:2] for n in FACE if own[names.index(n), 2] == 2]
            faces += bool(seen)
            points += len(seen)
            missed += [(number, p) for p in seen if not covers(boxes, Box(*p, 0, 0))]
    assert faces > 350
    assert missed == [], f"{len(missed)} of {points} points in {faces} faces"


def whose(pose, people, names):
    """The labelled person with most joints at those of the pose, None below three."""
    best, most = None, 2
    for label in people:
        size = max(np.ptp(label[label[:, 2] > 0, :2], axis=0))
        near = 0
        for name, (x, y, score) in zip(COCO18.keypoints, pose.keypoints):
            if name in names and score > 0 and label[names.index(name), 2] > 0:
                near += np.hypot(*(label[names.index(name), :2] - (x, y))) < 0.1 * size
        if near > most:
            best, most = label, near
    return best


@pytest.mark.parametrize("jump", [15, 400])
def test_a_box_that_jumps_once_does_not_grow_over_the_picture(jump):
    """Fifty frames a second make much speed of a joint that was found a little elsewhere."""
    heads = HeadAnonymizer(COCO18)
    for i in range(10):
        heads.update([person(track_id=3)], i / 50)
    found = heads.update([person(x=jump, track_id=3)], 0.2)
    held = heads.update([], 0.2 + HOLD)
    assert covers(held, moved(HEAD, jump))
    assert held[0].width < 2 * found[0].width


def test_one_limb_to_somebody_else_does_not_make_a_giant():
    seen = ("left_ear", "neck", "left_shoulder", "left_elbow", "left_hip")
    keypoints = person(only=seen).keypoints
    keypoints[COCO18.index("left_shoulder"), 0] += 300
    keypoints[COCO18.index("left_elbow"), 0] += 300
    boxes = head_boxes(Pose(keypoints, 0.05), COCO18)
    assert covers(boxes, HEAD)
    assert all(box.width < 200 for box in boxes)


# Two joints of a face that are somebody else's, 300 px away: alone, or with the arm that they see.
ELSEWHERE_IN_THE_FACE = [("left_eye", "left_ear"), ("nose", "left_eye"), ("right_ear", "neck")]


@pytest.mark.parametrize("joints", ELSEWHERE_IN_THE_FACE)
@pytest.mark.parametrize("seen", [COCO18.keypoints, (*FACE, *BODY)])
def test_two_joints_of_somebody_else_do_not_make_a_giant(joints, seen):
    """The head is covered, and what lies at the joints, but not the picture between them."""
    keypoints = person(only=seen).keypoints
    for name in joints:
        keypoints[COCO18.index(name), 0] += 300
    boxes = head_boxes(Pose(keypoints, 0.05), COCO18)
    assert covers(boxes, HEAD)
    for name in set(joints) & set(FACE):
        assert covers(boxes, Box(*keypoints[COCO18.index(name), :2], 0, 0))
    assert all(box.width < 170 and box.height < 170 for box in boxes)


def test_joints_all_over_the_picture_do_not_cover_it():
    """As of a crowd far away: 15 joints of as many people in a strip of 450 x 280 px."""
    rng = np.random.default_rng(0)
    keypoints = np.c_[rng.uniform(0, (450, 280), (18, 2)), np.full(18, 0.1)]
    boxes = head_boxes(Pose(keypoints, 0.05), COCO18)
    assert boxes and all(box.width < 400 for box in boxes)
    faces = [keypoints[COCO18.index(name), :2] for name in FACE]
    assert all(covers(boxes, Box(*place, 0, 0)) for place in faces)


@pytest.mark.parametrize("steepness", [1.0, 0.6, 0.3])
@pytest.mark.parametrize("turn", [1.0, 0.5])
def test_a_head_seen_from_above_or_from_the_side_is_covered(steepness, turn):
    """What is limited by the rest of the body stays as large as a head where that is short."""
    keypoints = person().keypoints
    neck = keypoints[COCO18.index("neck"), :2].copy()
    keypoints[:, :2] = neck + (keypoints[:, :2] - neck) * (turn, steepness)
    at = keypoints[[COCO18.index(name) for name in FACE[1:]], :2].mean(0)
    boxes = head_boxes(Pose(keypoints, 0.5), COCO18)
    assert covers(boxes, Box(*(at - (12, 12)), 24, 24))


@pytest.mark.parametrize("track_id, held", [(-1, False), (3, True)])
def test_nobody_made_of_several_people_is_held_without_an_id(track_id, held):
    keypoints = person(track_id=track_id).keypoints
    for name in ("left_eye", "left_ear"):
        keypoints[COCO18.index(name), 0] += 300
    heads = HeadAnonymizer(COCO18)
    assert covers(heads.update([Pose(keypoints, 0.05, track_id)], 1.0), HEAD)
    assert bool(heads.update([], 1.02)) is held
