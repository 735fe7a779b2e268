"""Faint joints are joints where a limb of somebody leads to them, and nowhere else."""

import numpy as np
import pytest

from lightweight_openpose.estimation import completion
from lightweight_openpose.estimation.completion import complete
from lightweight_openpose.estimation.decoding import DecoderConfig, decode
from lightweight_openpose.estimation.preprocessing import PixelMap
from lightweight_openpose.poses.skeleton import COCO18, Skeleton
from people import STRIDE, maps_of, standing

IDENTITY = PixelMap((1.0, 1.0))
FAINT = 0.06  # below keypoint_threshold, above low_keypoint_threshold


def maps_with(people, *faint):
    """Maps of people, and the joints of these names faint everywhere."""
    heatmaps, pafs = maps_of([person[:, :2] for person in people])
    for name in faint:
        heatmaps[COCO18.index(name)] *= FAINT
    return heatmaps, pafs


def found(heatmaps, pafs, **config):
    poses = decode(heatmaps, pafs, COCO18, IDENTITY, STRIDE, DecoderConfig(**config))
    return sorted(poses, key=lambda pose: pose.bbox[0])


@pytest.mark.parametrize("faint", [["left_wrist"], ["left_elbow", "left_wrist"]])
def test_the_faint_end_of_a_limb_is_found_and_what_follows_it(faint):
    person = standing(size=1.4)
    maps = maps_with([person], *faint)
    (pose,) = found(*maps)
    assert pose.num_keypoints == 18
    assert np.abs(pose.keypoints[:, :2] - person[:, :2]).max() < 1
    for name in faint:
        assert pose.keypoints[COCO18.index(name), 2] == pytest.approx(FAINT, abs=0.005)
    (pose,) = found(*maps, low_keypoint_threshold=DecoderConfig.keypoint_threshold)
    assert pose.num_keypoints == 18 - len(faint)


def test_a_faint_peak_without_a_limb_is_nothing():
    heatmaps, pafs = maps_with([standing(size=1.4)], "left_wrist")
    wrist = COCO18.limbs.index((6, 7))
    pafs[2 * wrist : 2 * wrist + 2] = 0
    (pose,) = found(heatmaps, pafs)
    assert pose.num_keypoints == 17


def test_a_faint_peak_that_is_not_faint_enough_to_count_is_nothing():
    heatmaps, pafs = maps_with([standing(size=1.4)])
    heatmaps[COCO18.index("left_wrist")] *= 0.03
    (pose,) = found(heatmaps, pafs)
    assert pose.num_keypoints == 17


def test_faint_joints_alone_make_nobody():
    assert found(*maps_with([standing(size=1.4)], *COCO18.keypoints)) == []


def test_each_of_two_gets_the_joint_that_the_limb_leads_to():
    people = [standing(-30, size=1.4), standing(60, 4, size=1.4)]
    poses = found(*maps_with(people, "left_wrist", "right_ankle"))
    assert len(poses) == 2
    for pose, person in zip(poses, people):
        assert pose.num_keypoints == 18
        assert np.abs(pose.keypoints[:, :2] - person[:, :2]).max() < 1


def test_no_limb_that_is_out_of_proportion_leads_to_a_joint():
    """The faint ear lies across the picture, and the PAFs say yes to it."""
    person = standing(-80, -40, size=1.4)
    person[COCO18.index("left_ear"), 0] += 230
    heatmaps, pafs = maps_of([person[:, :2]], size=(60, 100))
    heatmaps[COCO18.index("left_ear")] *= FAINT
    (pose,) = found(heatmaps, pafs)
    assert pose.num_keypoints == 17


def test_a_head_whose_limbs_to_the_body_have_gaps_is_no_person_of_its_own():
    """Four joints of a face; the limbs from neck and shoulders lack a third of their points."""
    person = standing(size=2.0, right_eye=None)
    heatmaps, pafs = maps_with([person])
    for limb in ((1, 0), (2, 16), (5, 17)):
        number = COCO18.limbs.index(limb)
        middle = int(person[list(limb), 1].mean() / STRIDE - 0.5)
        pafs[2 * number : 2 * number + 2, middle : middle + 3] = 0
    (pose,) = found(heatmaps, pafs)
    assert pose.num_keypoints == 17


def test_who_is_left_with_too_few_joints_is_nobody():
    """Ten joints in a row; 5 and 6 were a pair before the PAFs led from 4 to them."""
    limbs = tuple((i, i + 1) for i in range(9))
    skeleton = Skeleton("row", tuple("abcdefghij"), limbs, (0.1,) * 10)
    pafs = np.zeros((18, 3, 30), np.float32)
    pafs[0::2] = 1
    peaks = np.full((2, 10), -1)
    peaks[0, :5] = range(5)
    peaks[1, 5:7] = 5, 6
    xy = np.stack([np.arange(10) * 2.0, np.ones(10)], 1)
    people, stay = complete(peaks, skeleton, pafs, np.arange(10), xy, 2)
    assert people.tolist() == [list(range(10))] and stay.tolist() == [0]


def test_faint_peaks_left_out_early_could_not_have_been_joints(monkeypatch):
    """Those that are too far to the left or the right, in a row of people with faint ends."""
    people = [standing(-40 + 70 * i, 5 * (i % 3), size=0.8) for i in range(8)]
    heatmaps, pafs = maps_with(people, "left_wrist", "right_wrist", "left_ankle", "nose")
    some = found(heatmaps, pafs)
    looked_at = []

    def all_of_them(row, joint, x, reach):
        which, number = np.nonzero(row.place // row.apart == joint[:, None])
        looked_at.append((len(which), len(within_reach(row, joint, x, reach)[0])))
        return which, row.peak[number]

    within_reach = completion._within_reach
    monkeypatch.setattr(completion, "_within_reach", all_of_them)
    every = found(heatmaps, pafs)
    np.testing.assert_array_equal([p.keypoints for p in some], [p.keypoints for p in every])
    assert [pose.num_keypoints for pose in some] == [18] * 8
    assert any(few < many for many, few in looked_at)


def test_a_skeleton_of_few_limbs():
    keypoints = ("head", "left_engine", "right_engine", "bottom_engine")
    submarine = Skeleton("submarine", keypoints, ((0, 1), (0, 2), (0, 3)), (0.05,) * 4)
    truth = np.array([[100, 100], [200, 60], [200, 140], [220, 110]], float)
    heatmaps, pafs = maps_of([truth], submarine)
    heatmaps[3] *= FAINT
    (pose,) = decode(heatmaps, pafs, submarine, IDENTITY, STRIDE)
    assert np.abs(pose.keypoints[:, :2] - truth).max() < 1
