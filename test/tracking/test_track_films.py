"""The films of known people on which benchmarks/track_ids.py measures ids."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
from cutouts import HEIGHT, TALL, WIDTH, cut_out, joints_of
from track_ids import Answer, Seen, as_sequence, at_rate, iou_table
from walking_cutouts import KINDS, Walker, camera_path, film, shots

from people import STANDING, standing

GREEN = np.zeros((3 * HEIGHT // 2, 3 * WIDTH // 2, 3), np.uint8) + np.uint8((0, 200, 0))
STILL = np.zeros((1, 2))


@pytest.fixture
def cutout():
    return cut_out(np.full((300, 300, 3), (0, 0, 200), np.uint8), standing())


def at(cutout, x, y=300.0, scale=1.0):
    return Walker(cutout, np.array([[0, x, y, scale], [8, x, y, scale]], float))


def boxes(*walkers, camera=STILL):
    return [shot.boxes for shot in shots(walkers, GREEN, camera)]


def test_a_cutout_has_one_height_and_the_colours_of_its_person(cutout):
    seen = cutout.joints[:, :2]
    assert np.ptp(seen[:, 1]) == pytest.approx(TALL)
    chest_x, chest_y = seen[[2, 5, 8, 11]].mean(0).astype(int)
    assert cutout.mask[chest_y, chest_x] == 1 and cutout.mask[0, 0] < 0.01
    (shot,) = shots([at(cutout, 320)], GREEN, STILL)
    assert abs(int(shot.image[150, 320, 2]) - 200) < 20 and shot.image[150, 100, 2] < 20


def test_the_box_is_where_the_person_was_put(cutout):
    x0, y0, x1, y1 = boxes(at(cutout, 320))[0][0]
    assert y1 == pytest.approx(300, abs=2.1) and y1 - y0 == pytest.approx(TALL, abs=0.1)
    assert (x0 + x1) / 2 == pytest.approx(320, abs=1)
    shaken = boxes(at(cutout, 320), camera=np.array([[10.0, -4.0]]))[0][0]
    assert shaken == pytest.approx((x0 - 10, y0 + 4, x1 - 10, y1 + 4))


def test_who_is_covered_or_outside_is_not_in_the_truth(cutout):
    assert set(boxes(at(cutout, 320), at(cutout, 320, scale=1.3))[0]) == {1}
    assert set(boxes(at(cutout, 320), at(cutout, 500, scale=1.3))[0]) == {0, 1}
    assert set(boxes(at(cutout, -70), at(cutout, 500))[0]) == {1}


def test_joints_come_from_coco_with_a_neck():
    keypoints = np.zeros((17, 3))
    keypoints[5], keypoints[6] = (*STANDING["left_shoulder"], 2), (*STANDING["right_shoulder"], 2)
    joints = joints_of({"keypoints": keypoints.ravel().tolist()})
    assert joints[1].tolist() == [100, 60, 1]
    assert (joints[:, 2] > 0).sum() == 3


def test_films_are_the_same_each_time(cutout):
    for kind in KINDS:
        first, second = (film(kind, [cutout] * 6, 3) for _ in range(2))
        assert len(first) >= 4
        for a, b in zip(first, second):
            np.testing.assert_array_equal(a.path, b.path)
        assert len(camera_path(kind, 0)) == 300


def test_slower_rates_leave_frames_out():
    frames = [Seen(i / 50, None, [], np.zeros(0, int), np.zeros((0, 4))) for i in range(300)]
    assert [len(at_rate(frames, rate)) for rate in ("50", "25", "10")] == [300, 150, 60]
    assert at_rate(frames, "10")[1].time == 0.1
    dropped = at_rate(frames, "dropped")
    assert 60 < len(dropped) < 110
    assert [f.time for f in dropped] == [f.time for f in at_rate(frames, "dropped")]
    assert max(b.time - a.time for a, b in zip(dropped, dropped[1:])) >= 0.4


def test_boxes_overlap_by_known_shares():
    a = np.array([[0, 0, 10, 10], [20, 20, 30, 30]], float)
    b = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [50, 50, 60, 60]], float)
    np.testing.assert_allclose(iou_table(a, b), [[1, 1 / 3, 0], [0, 0, 0]])


def test_truth_and_answers_are_numbered_from_zero():
    box = np.array([[0, 0, 10, 10]], float)
    frames = [Seen(i, None, [], np.array([4]), box) for i in range(3)]
    answers = [
        Answer(np.array([7]), box),
        Answer(np.zeros(0, int), box[:0]),
        Answer(np.array([9]), box),
    ]
    data = as_sequence(frames, answers)
    assert [ids.tolist() for ids in data["tracker_ids"]] == [[0], [], [1]]
    assert [ids.tolist() for ids in data["gt_ids"]] == [[0], [0], [0]]
    counts = [data[f"num_{name}"] for name in ("gt_ids", "gt_dets", "tracker_ids", "tracker_dets")]
    assert counts == [1, 3, 2, 2]
    assert data["similarity_scores"][0].tolist() == [[1]]
