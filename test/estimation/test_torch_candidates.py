"""Peaks, limbs and poses of maps that are tensors are those of the same maps as arrays."""

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lightweight_openpose.estimation import limbs, peaks, torch_candidates
from lightweight_openpose.estimation.decoding import DecoderConfig, decode
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.preprocessing import PixelMap
from lightweight_openpose.poses.skeleton import COCO18, Skeleton
from people import STRIDE, maps_of, standing

CONFIG = DecoderConfig()


def assert_same_candidates(heatmaps, pafs, skeleton=COCO18, config=CONFIG):
    """Returns how many peaks and limbs there are."""
    heatmaps = heatmaps[: skeleton.num_keypoints]
    there = torch.from_numpy(heatmaps), torch.from_numpy(pafs)
    channel, xy, score = peaks.find_peaks(heatmaps, config.low_keypoint_threshold)
    found = torch_candidates.find_peaks(there[0], config.low_keypoint_threshold)
    np.testing.assert_array_equal(found[0], channel)
    np.testing.assert_allclose(found[1], xy, atol=1e-4)
    np.testing.assert_allclose(found[2], score, atol=1e-4)
    ours = limbs.score_limbs(pafs, skeleton.limbs, channel, xy, config)
    theirs = torch_candidates.score_limbs(there[1], skeleton.limbs, channel, xy, config)
    for array, other in zip(ours[:3], theirs[:3]):
        np.testing.assert_array_equal(array, other)
    np.testing.assert_allclose(theirs.score, ours.score, atol=1e-4)
    return len(channel), len(ours.limb)


def assert_same_poses(heatmaps, pafs):
    arrays = decode(heatmaps, pafs, COCO18, PixelMap((1, 1)), STRIDE)
    tensors = torch.from_numpy(heatmaps), torch.from_numpy(pafs)
    others = decode(*tensors, COCO18, PixelMap((1, 1)), STRIDE)
    assert len(arrays) == len(others)
    for pose, other in zip(arrays, others):
        np.testing.assert_allclose(other.keypoints, pose.keypoints, atol=1e-3)
        assert other.score == pytest.approx(pose.score, abs=1e-4)
    return len(arrays)


def test_people():
    """One of them is beyond the edge, another has faint wrists."""
    people = [standing(-83.3, 11.7), standing(101.9, 3.1, size=1.3), standing(291.7, 150.3, 0.4)]
    heatmaps, pafs = maps_of([person[:, :2] for person in people])
    heatmaps[4] *= 0.06
    count, found = assert_same_candidates(heatmaps, pafs)
    assert count > 40 and found > 40
    assert assert_same_poses(heatmaps, pafs) == 3


@pytest.mark.parametrize("seed, size", [(0, (32, 57)), (1, (20, 20)), (2, (4, 40)), (3, (40, 4))])
def test_noise(seed, size):
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 1, (57, *size)).astype(np.float32)
    maps = np.stack([cv2.GaussianBlur(plane, (0, 0), 1.5) for plane in noise])
    config = DecoderConfig(limb_threshold=0.02, limb_support=0.6)
    count, found = assert_same_candidates(maps[:19], maps[19:], config=config)
    assert count > 30 and found > 10


def test_nobody_and_a_skeleton_of_one_limb():
    pair = Skeleton("pair", ("a", "b"), ((0, 1),), (0.1, 0.1))
    heatmaps, pafs = maps_of([np.array([[50.3, 60], [200, 81.9]])], pair)
    assert assert_same_candidates(heatmaps, pafs, pair) == (2, 1)
    assert assert_same_candidates(0 * heatmaps, pafs, pair) == (0, 0)
    assert assert_same_candidates(*(0 * m for m in maps_of([], COCO18))) == (0, 0)


def test_a_photograph(shared):
    """On the CPU a backend that is told to decode on its device gives the same poses."""
    photograph = next(iter(sorted((shared / "footage").glob("*.jpg"))))
    image = cv2.imread(str(photograph))
    estimator = PoseEstimator.load("lightweight-openpose", "torch", device="cpu")
    maps = estimator.infer(image)
    count, found = assert_same_candidates(*(np.ascontiguousarray(m) for m in maps.on_host()))
    assert count > 10 and found > 10
    poses = estimator(image)
    estimator.backend.decode_on_device = True
    others = estimator(image)
    assert poses and len(poses) == len(others)
    for pose, other in zip(poses, others):
        np.testing.assert_allclose(other.keypoints, pose.keypoints, atol=1e-2)
    assert isinstance(estimator.infer(image).pafs, torch.Tensor)
