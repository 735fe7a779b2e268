"""Maps of people with known joints."""
import itertools

import cv2
import numpy as np
import pytest

from lightweight_openpose.estimation import limbs
from lightweight_openpose.estimation.decoding import DecoderConfig, assemble, decode
from lightweight_openpose.estimation.preprocessing import PixelMap
from lightweight_openpose.poses.skeleton import COCO18, Skeleton

IDENTITY = PixelMap((1.0, 1.0))
STRIDE = 8
RNG = np.random.default_rng(3)
BODY = np.array([[40, 10], [40, 30], [25, 30], [20, 50], [18, 70], [55, 30], [60, 50], [62, 70], [32, 75], [31, 105],
                 [30, 135], [48, 75], [49, 105], [50, 135], [36, 6], [44, 6], [31, 9], [49, 9]], float) * 2


def maps_of(people, skeleton=COCO18, size=(60, 80), sigma=1.0):
    """Ideal heatmaps and PAFs (C, h, w) for joints [network px]; NaN joints are absent."""
    h, w = size
    ys, xs = np.mgrid[:h, :w]
    heatmaps = np.zeros((skeleton.num_heatmaps, h, w), np.float32)
    pafs = np.zeros((skeleton.num_pafs, h, w), np.float32)
    for person in people:
        cells = (np.asarray(person, float) + 0.5) / STRIDE - 0.5
        for k, (x, y) in enumerate(cells):
            if np.isfinite(x):
                heatmaps[k] = np.maximum(heatmaps[k], np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * sigma ** 2)))
        for i, (a, b) in enumerate(skeleton.limbs):
            if np.isfinite(cells[[a, b]]).all():
                vector = cells[b] - cells[a]
                length = np.linalg.norm(vector)
                unit = vector / length
                along = (xs - cells[a, 0]) * unit[0] + (ys - cells[a, 1]) * unit[1]
                across = np.abs((xs - cells[a, 0]) * unit[1] - (ys - cells[a, 1]) * unit[0])
                on = (along >= -1) & (along <= length + 1) & (across <= 1)
                pafs[2 * i][on], pafs[2 * i + 1][on] = unit
    return heatmaps, pafs


@pytest.mark.parametrize("scale", [(1.0, 1.0), (0.5, 0.5), (0.4, 0.41)])
def test_joints_come_back_sub_pixel_in_image_pixels(scale):
    people = [BODY + (50.3, 20.7), BODY + (330.9, 60.2)]
    pixel_map = PixelMap(scale)
    poses = decode(*maps_of(people), COCO18, pixel_map, STRIDE)
    assert len(poses) == 2
    found = sorted(poses, key=lambda p: p.bbox[0])
    for pose, truth in zip(found, people):
        error = np.abs(pose.keypoints[:, :2] - pixel_map.to_image(truth))
        assert (error * scale).max() < 1.0  # network px, an eighth of a cell
        assert pose.num_keypoints == 18 and 0.7 < pose.score <= 1


def test_nobody():
    assert decode(np.zeros((19, 20, 20), np.float32), np.zeros((38, 20, 20), np.float32), COCO18, IDENTITY) == []
    nan = np.full((19, 20, 20), np.nan, np.float32)
    assert decode(nan, np.zeros((38, 20, 20), np.float32), COCO18, IDENTITY) == []


def test_missing_joints_are_nan_with_score_zero():
    person = BODY + (100, 40)
    person[[4, 16]] = np.nan
    pose, = decode(*maps_of([person]), COCO18, IDENTITY, STRIDE)
    assert pose.num_keypoints == 16
    assert np.isnan(pose.keypoints[[4, 16], :2]).all() and (pose.keypoints[[4, 16], 2] == 0).all()


def test_crossing_people_are_not_mixed():
    people = [BODY + (100, 40), BODY + (140, 44)]  # arms and legs overlap
    poses = decode(*maps_of(people, sigma=0.7), COCO18, IDENTITY, STRIDE)
    assert len(poses) == 2
    for pose in poses:
        errors = [np.nanmean(np.abs(pose.keypoints[:, :2] - p)) for p in people]
        assert min(errors) < 2


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (3, 2)])
def test_tiny_maps(size):
    noise = RNG.uniform(0, 1, (19, *size)).astype(np.float32), RNG.uniform(-1, 1, (38, *size)).astype(np.float32)
    for pose in decode(*noise, COCO18, IDENTITY):
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
    edges = [(0, 0, 2, .9), (0, 1, 3, .8), (1, 2, 4, .7), (1, 3, 5, .6), (2, 0, 5, .95), (2, 1, 4, .2)]
    results = set()
    for order in itertools.permutations(edges):
        people = assemble(channel, limbs.Candidates(*(np.array(v) for v in zip(*order))))
        results.add(tuple(sorted(tuple(sorted(p.joints.values())) for p in people)))
    assert len(results) == 1


def test_a_limb_far_longer_than_the_others_allow_joins_two_people():
    """An ear beside the face of one who stands near, and the same ear across the picture; the PAFs say yes to both."""
    near, far = BODY.copy(), BODY.copy()
    far[17, 0] += 230
    for person, found in ((near, True), (far, False)):
        person[16] = np.nan
        pose, = decode(*maps_of([person], size=(60, 100)), COCO18, IDENTITY, STRIDE)
        assert np.isfinite(pose.keypoints[17, 0]) == found and pose.num_keypoints == (17 if found else 16)


def test_a_person_seen_from_above_keeps_the_limbs():
    person = BODY.copy()
    person[[8, 9, 10, 11, 12, 13], 1] = [70, 74, 80, 70, 74, 80]  # torso and legs foreshortened to a fifth
    pose, = decode(*maps_of([person]), COCO18, IDENTITY, STRIDE)
    assert pose.num_keypoints == 18


def test_a_skeleton_of_another_object():
    submarine = Skeleton("submarine", ("head", "left_engine", "right_engine", "bottom_engine"),
                         ((0, 1), (0, 2), (0, 3)), (0.05,) * 4)
    truth = np.array([[100, 100], [200, 60], [200, 140], [220, 110]], float)
    pose, = decode(*maps_of([truth], submarine), submarine, IDENTITY, STRIDE)
    assert np.abs(pose.keypoints[:, :2] - truth).max() < 1


def test_candidates_left_out_early_could_not_have_been_limbs(monkeypatch):
    """The quick look at the PAFs changes nothing but the time."""
    rng = np.random.default_rng(3)
    pafs = cv2.GaussianBlur(rng.normal(0, 1, (40, 60, 38)).astype(np.float32), (0, 0), 2).transpose(2, 0, 1).copy()
    channel = np.repeat(np.arange(18), 12)
    xy = rng.uniform(-0.01, 1, (len(channel), 2)) * (59, 39)
    config = DecoderConfig(limb_threshold=0.05, limb_support=0.6)
    quick = limbs.score_limbs(pafs, COCO18.limbs, channel, xy, config)
    monkeypatch.setattr(limbs, "_possible", lambda pafs, limb, first, second, *_: (limb, first, second))
    thorough = limbs.score_limbs(pafs, COCO18.limbs, channel, xy, config)
    assert len(quick[0]) > 20
    for a, b in zip(quick, thorough):
        np.testing.assert_array_equal(a, b)
