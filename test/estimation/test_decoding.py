"""Maps of people with known joints."""

import itertools

import cv2
import numpy as np
import pytest

from lightweight_openpose.estimation import limbs
from lightweight_openpose.estimation.assembly import assemble
from lightweight_openpose.estimation.decoding import DecoderConfig, decode
from lightweight_openpose.estimation.preprocessing import PixelMap
from lightweight_openpose.poses.skeleton import COCO18, Skeleton
from people import STRIDE, maps_of, standing

IDENTITY = PixelMap((1.0, 1.0))
RNG = np.random.default_rng(3)


def somebody(x, y, **changes):
    """(18, 2) joints [network px] of a person far larger than the cells of the maps."""
    return standing(x, y, size=1.4, **changes)[:, :2]


@pytest.mark.parametrize("scale", [(1.0, 1.0), (0.5, 0.5), (0.4, 0.41)])
def test_joints_come_back_sub_pixel_in_image_pixels(scale):
    people = [somebody(-49.7, -29.3), somebody(230.9, 10.2)]
    pixel_map = PixelMap(scale)
    poses = decode(*maps_of(people), COCO18, pixel_map, STRIDE)
    assert len(poses) == 2
    found = sorted(poses, key=lambda p: p.bbox[0])
    for pose, truth in zip(found, people):
        error = np.abs(pose.keypoints[:, :2] - pixel_map.to_image(truth))
        assert (error * scale).max() < 1.0  # network px, an eighth of a cell
        assert pose.num_keypoints == 18 and 0.7 < pose.score <= 1


def test_nobody():
    pafs = np.zeros((38, 20, 20), np.float32)
    for value in (0, np.nan):
        heatmaps = np.full((19, 20, 20), value, np.float32)
        assert decode(heatmaps, pafs, COCO18, IDENTITY) == []


def test_missing_joints_are_nan_with_score_zero():
    person = somebody(20, 0, right_wrist=None, right_ear=None)
    (pose,) = decode(*maps_of([person]), COCO18, IDENTITY, STRIDE)
    assert pose.num_keypoints == 16
    assert np.isnan(pose.keypoints[[4, 16], :2]).all() and (pose.keypoints[[4, 16], 2] == 0).all()


def test_the_score_falls_with_the_size_in_cells():
    """Half of the certainty counts where the box around the joints is 4 cells across."""
    scores = []
    for size in (2.0, 1.0, 0.5):
        person = standing(-100 * size + 150, 0, size=size)[:, :2]
        (pose,) = decode(*maps_of([person], size=(60, 60), sigma=0.7), COCO18, IDENTITY, STRIDE)
        assert pose.num_keypoints == 18
        across = np.hypot(54, 179) * size / STRIDE
        scores.append(pose.score * (across + 4) / across)
    assert scores == pytest.approx([scores[0]] * 3, rel=0.06) and scores[0] > 0.8


def test_crossing_people_are_not_mixed():
    people = [somebody(20, 0), somebody(60, 4)]  # arms and legs overlap
    poses = decode(*maps_of(people, sigma=0.7), COCO18, IDENTITY, STRIDE)
    assert len(poses) == 2
    for pose in poses:
        errors = [np.nanmean(np.abs(pose.keypoints[:, :2] - p)) for p in people]
        assert min(errors) < 2


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (3, 2)])
def test_tiny_maps(size):
    heatmaps = RNG.uniform(0, 1, (19, *size)).astype(np.float32)
    pafs = RNG.uniform(-1, 1, (38, *size)).astype(np.float32)
    for pose in decode(heatmaps, pafs, COCO18, IDENTITY):
        assert np.isfinite(pose.keypoints[pose.found]).all()


def test_noise_never_shares_a_joint_and_scores_stay_in_range():
    heatmaps = RNG.uniform(0, 1, (19, 30, 40)).astype(np.float32)
    pafs = RNG.uniform(-1, 1, (38, 30, 40)).astype(np.float32)
    poses = decode(heatmaps, pafs, COCO18, IDENTITY, STRIDE, DecoderConfig(limb_support=0.3))
    assert len(poses) > 3
    seen = set()
    for pose in poses:
        assert 0 <= pose.score <= 1
        for k in np.flatnonzero(pose.found):
            key = (int(k), *pose.keypoints[k, :2])
            assert key not in seen
            seen.add(key)


def test_assembly_does_not_depend_on_the_order_of_the_limbs():
    channel = np.array([0, 0, 1, 1, 2, 2])
    edges = [
        (0, 0, 2, 0.9),
        (0, 1, 3, 0.8),
        (1, 2, 4, 0.7),
        (1, 3, 5, 0.6),
        (2, 0, 5, 0.95),
        (2, 1, 4, 0.2),
    ]
    results = set()
    for order in itertools.permutations(edges):
        candidates = limbs.Candidates(*(np.array(v) for v in zip(*order)))
        people = assemble(channel, np.zeros(6), candidates)
        results.add(tuple(sorted(tuple(sorted(p.joints.values())) for p in people)))
    assert len(results) == 1


def test_of_two_limbs_alike_the_one_between_clear_joints_comes_first():
    candidates = limbs.Candidates(*map(np.array, ([0, 0], [0, 0], [1, 2], [0.5, 0.45])))
    for value, end in (([0.9, 0.2, 0.9], 2), ([0.9, 0.8, 0.9], 1)):
        (person,) = assemble(np.array([0, 1, 1]), np.array(value), candidates)
        assert person.joints == {0: 0, 1: end}
        assert person.limb_score() == candidates.score[end - 1]


def test_a_limb_far_longer_than_the_others_allow_joins_two_people():
    """An ear beside the face, and the same ear across the picture; the PAFs say yes to both."""
    near = somebody(-80, -40, right_ear=None)
    far = near.copy()
    far[17, 0] += 230
    for person, joints in ((near, 17), (far, 16)):
        (pose,) = decode(*maps_of([person], size=(60, 100)), COCO18, IDENTITY, STRIDE)
        assert np.isfinite(pose.keypoints[17, 0]) == (joints == 17)
        assert pose.num_keypoints == joints


def test_a_part_that_lost_a_joint_to_somebody_has_lost_its_limb_too():
    """An arm and an ear, whose wrist a faint limb gives to somebody without one."""
    arm = dict.fromkeys(set(COCO18.keypoints) - {"right_ear", "right_shoulder", "right_elbow"})
    wrist = {"right_wrist": (73, 125)}
    part = somebody(80, 0, **{**arm, **wrist})
    whole = somebody(20, 0, right_wrist=None)
    heatmaps, pafs = maps_of([whole, part])
    faint = np.full((18, 2), np.nan)
    faint[3], faint[4] = whole[3], part[4]
    limb = 2 * COCO18.limbs.index((3, 4))
    pafs[limb : limb + 2] += 0.045 * maps_of([faint])[1][limb : limb + 2] * (pafs[limb] == 0)
    both = decode(heatmaps, pafs, COCO18, IDENTITY, STRIDE)
    assert [pose.num_keypoints for pose in both] == [18, 3]
    (rest,) = decode(*maps_of([somebody(80, 0, **arm)]), COCO18, IDENTITY, STRIDE)
    assert both[1].score == pytest.approx(rest.score)


def test_a_person_seen_from_above_keeps_the_limbs():
    # Torso and legs foreshortened to less than a fifth.
    short = {"hip": 67, "knee": 70, "ankle": 74}
    person = somebody(
        -80,
        -40,
        **{f"right_{part}": (88, y) for part, y in short.items()},
        **{f"left_{part}": (112, y) for part, y in short.items()},
    )
    (pose,) = decode(*maps_of([person]), COCO18, IDENTITY, STRIDE)
    assert pose.num_keypoints == 18


def test_a_skeleton_of_another_object():
    keypoints = ("head", "left_engine", "right_engine", "bottom_engine")
    submarine = Skeleton("submarine", keypoints, ((0, 1), (0, 2), (0, 3)), (0.05,) * 4)
    truth = np.array([[100, 100], [200, 60], [200, 140], [220, 110]], float)
    (pose,) = decode(*maps_of([truth], submarine), submarine, IDENTITY, STRIDE)
    assert np.abs(pose.keypoints[:, :2] - truth).max() < 1


def test_candidates_left_out_early_could_not_have_been_limbs(monkeypatch):
    """The quick look at the PAFs changes nothing but the time."""
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 1, (40, 60, 38)).astype(np.float32)
    pafs = np.ascontiguousarray(cv2.GaussianBlur(noise, (0, 0), 2).transpose(2, 0, 1))
    channel = np.repeat(np.arange(18), 12)
    xy = rng.uniform(-0.01, 1, (len(channel), 2)) * (59, 39)
    config = DecoderConfig(limb_threshold=0.05, limb_support=0.6)
    quick = limbs.score_limbs(pafs, COCO18.limbs, channel, xy, config)
    monkeypatch.setattr(limbs, "_possible", lambda _, *pairs_and_more: pairs_and_more[:3])
    thorough = limbs.score_limbs(pafs, COCO18.limbs, channel, xy, config)
    assert len(quick[0]) > 20
    for a, b in zip(quick, thorough):
        np.testing.assert_array_equal(a, b)


def test_fifty_people_are_fifty_poses():
    people = [somebody(120.0 * column, 260.0 * row) for column in range(10) for row in range(5)]
    poses = decode(*maps_of(people, size=(180, 180)), COCO18, IDENTITY, STRIDE)
    assert len(poses) == 50
    assert min(pose.num_keypoints for pose in poses) == 18
