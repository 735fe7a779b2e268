"""A cut is told from pans, exposure and people close by; ids end with it."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from lightweight_openpose.poses.skeleton import COCO18
from lightweight_openpose.tracking.scene_cut import SceneCut
from lightweight_openpose.tracking.tracker import Tracker
from people import person

PEDESTRIANS = Path(__file__).resolve().parents[2] / ".cache" / "samples" / "1-vtest.avi"


def scene(seed, width=640, height=480):
    """Patches of light and dark of all sizes, another for each seed."""
    rng = np.random.default_rng(seed)
    image = np.zeros((height, width), np.float32)
    for cells in (4, 9, 20):
        noise = rng.normal(0, 1, (cells, cells * width // height)).astype(np.float32)
        image += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    grey = np.clip(128 + 40 * image, 0, 255).astype(np.uint8)
    return cv2.merge([grey, grey, grey])


def cuts(images):
    """Numbers of the images that are taken for another scene."""
    detector = SceneCut()
    return [number for number, image in enumerate(images) if detector.update(image)]


def frames(path, stride=1):
    capture = cv2.VideoCapture(str(path))
    count = 0
    while True:
        ok, image = capture.read()
        if not ok:
            return
        if count % stride == 0:
            yield image
        count += 1


@pytest.mark.parametrize("seed", range(20))
def test_another_scene_is_a_cut_and_the_first_image_is_none(seed):
    one, other = scene(seed), scene(100 + seed)
    assert cuts([one, one, other, other, one]) == [2, 4]


def test_another_size_of_the_same_scene_is_no_cut():
    assert cuts([scene(1), cv2.resize(scene(1), (320, 240)), scene(1)]) == []


@pytest.mark.parametrize("step", [10, 60, 130])
def test_a_pan_is_no_cut(step):
    wide = scene(3, width=2000)
    assert cuts([wide[:, x : x + 640] for x in range(0, 1360, step)]) == []


@pytest.mark.parametrize("gain, offset", [(0.5, 0), (1.6, 0), (0.8, 40)])
def test_exposure_is_no_cut(gain, offset):
    changed = cv2.convertScaleAbs(scene(4), alpha=gain, beta=offset)
    assert cuts([scene(4), changed, scene(4)]) == []


def test_somebody_who_walks_through_close_by_is_no_cut():
    images = []
    for x in range(-300, 640, 100):
        image = scene(5)
        left, right = max(0, x), max(0, min(640, x + 300))
        image[60:, left:right] = scene(6)[60:, : right - left]
        images.append(image)
    assert cuts(images) == []


def test_noise_in_the_dark_is_no_cut():
    rng = np.random.default_rng(0)
    assert cuts([rng.integers(0, 12, (480, 640, 3), np.uint8) for _ in range(20)]) == []


def test_a_lens_that_was_covered_shows_the_same_scene_again_or_another():
    black = np.zeros((480, 640, 3), np.uint8)
    assert cuts([scene(7), black, scene(7), black, black, scene(8)]) == [5]


def test_images_of_any_size_are_taken():
    for shape in ((1, 1, 3), (7, 900, 3), (900, 7, 3)):
        assert cuts([np.zeros(shape, np.uint8), np.full(shape, 200, np.uint8)]) == []


def test_ids_end_with_the_scene_and_are_not_used_again():
    tracker = Tracker(COCO18)
    ids = []
    for number, image in enumerate([scene(9)] * 4 + [scene(10)] * 3):
        ids.append([p.track_id for p in tracker.update([person()], number / 10, image)])
    assert ids == [[-1], [0], [0], [0], [-1], [1], [1]]


def test_smoothing_does_not_reach_over_a_cut():
    tracker = Tracker(COCO18)
    for number in range(4):
        tracker.update([person()], number / 10, scene(9))
    for number in range(4, 6):
        (pose,) = tracker.update([person(x=30)], number / 10, scene(10))
    assert np.allclose(pose.keypoints, person(x=30).keypoints, atol=0.01)


def test_time_that_goes_back_is_no_cut_of_its_own():
    tracker = Tracker(COCO18)
    for number in (5, 6, 7):
        tracker.update([person()], number, scene(9))
    ids = [tracker.update([person()], n, scene(10))[0].track_id for n in (0, 1)]
    assert ids == [-1, 0]


@pytest.mark.parametrize("stride", [1, 5])
def test_footage_of_one_camera_has_no_cut_and_two_clips_have_one(shared, stride):
    clip = list(frames(shared / "footage" / "video.avi", stride))
    assert len(clip) > 40 and cuts(clip) == []
    photos = [cv2.imread(str(p)) for p in sorted((shared / "footage").glob("*.jpg"))]
    assert cuts(photos) == list(range(1, len(photos)))
    for photo in photos:
        assert cuts([clip[0], photo, photo, clip[-1]]) == [1, 3]


@pytest.mark.parametrize("stride", [1, 5])
def test_pedestrians_have_no_cut(stride):
    if not PEDESTRIANS.exists():
        pytest.skip("the sample footage is not here: tools/fetch_samples.sh")
    assert cuts(frames(PEDESTRIANS, stride)) == []
