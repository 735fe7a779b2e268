"""Between whole looks only the parts of an image in which people are known."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from lightweight_openpose.backends.choice import installed
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.packing import CELL, GAP, Part, pack, packed, sizes
from lightweight_openpose.estimation.preprocessing import PixelMap
from lightweight_openpose.estimation.regions import Regions
from lightweight_openpose.estimation.seen import Maps, Timing
from lightweight_openpose.zoo.model_info import InputSpec
from people import maps_of, person

HEIGHT, WIDTH = 256, 456  # px of the network's input
AS_IT_IS = PixelMap((1.0, 1.0))
ROOM = np.random.default_rng(0).integers(60, 120, (HEIGHT, WIDTH, 3), np.uint8)
ROOM = cv2.GaussianBlur(ROOM, (9, 9), 0)


def look(regions, poses, image=ROOM):
    """The layout of the next image, in which these people are seen."""
    layout = regions.choose(image, AS_IT_IS)
    regions.update(poses, Maps(None, None, AS_IT_IS, Timing(), None, layout))
    return layout


def walker(x=40.0, track_id=3, tall=120):
    """Somebody so many px tall, with the left at x."""
    pose = person(track_id=track_id)
    xy = pose.keypoints[:, :2]
    pose.keypoints[:, :2] = (xy - xy.min(0)) * tall / np.ptp(xy[:, 1]) + (x, 60)
    return pose


def left(pose):
    return pose.keypoints[:, 0].min()


def box(pose):
    found = pose.keypoints[pose.found, :2]
    return found.min(0), found.max(0)


def test_the_first_look_and_one_of_so_many_is_whole():
    regions = Regions(4)
    layouts = [look(regions, [walker()]) for _ in range(9)]
    assert [layout is None for layout in layouts] == [i % 4 == 0 for i in range(9)]
    assert regions.looks == {"whole": 3, "parts": 6}


def test_where_nobody_is_every_look_is_whole():
    regions = Regions()
    assert all(look(regions, []) is None for _ in range(5))


def test_the_parts_hold_the_people_with_a_margin():
    regions = Regions()
    people = [walker(20), walker(300, track_id=4)]
    look(regions, people)
    parts = look(regions, people).parts
    assert len(parts) == 2
    for pose in people:
        low, high = box(pose)
        assert any(
            (low - 16 >= (p.x, p.y)).all() | (p.y == 0)
            and low[0] - 16 >= p.x
            and high[0] + 16 <= p.x + p.width
            for p in parts
        )


def test_people_side_by_side_are_one_part():
    regions = Regions()
    people = [walker(100), walker(130, track_id=4)]
    look(regions, people)
    assert len(look(regions, people).parts) == 1


def test_who_moves_fast_has_more_room():
    heights = []
    for fall in (0, 15):  # px per image
        regions = Regions()
        for i in range(2):
            pose = walker(200, tall=60)
            pose.keypoints[:, 1] += fall * i
            look(regions, [pose])
        heights.append(regions.choose(ROOM, AS_IT_IS).height)
    slow, fast = heights
    assert fast >= slow + 2 * 15


@pytest.mark.parametrize("gone", ["lost", "at the edge"])
def test_who_is_lost_or_at_the_edge_of_a_part_is_looked_for_in_the_whole(gone):
    regions = Regions(100)
    look(regions, [walker(200)])
    part = regions.choose(ROOM, AS_IT_IS)
    assert part is not None
    edge = part.parts[0].x + 1.0
    seen = [] if gone == "lost" else [walker(edge)]
    regions.update(seen, Maps(None, None, AS_IT_IS, Timing(), None, part))
    assert look(regions, [walker(200)]) is None


def test_motion_elsewhere_is_looked_at_at_once_and_that_of_people_is_not():
    regions = Regions(100)
    look(regions, [walker(40)])
    moving = ROOM.copy()
    low, high = box(walker(40))
    moving[int(low[1]) : int(high[1]), int(low[0]) : int(high[0])] = 255
    assert look(regions, [walker(40)], moving) is not None
    elsewhere = moving.copy()
    elsewhere[100:180, 350:400] = 255
    assert look(regions, [walker(40)], elsewhere) is None
    assert look(regions, [walker(40)], elsewhere) is not None


def test_what_is_forgotten_begins_anew():
    regions = Regions(100)
    look(regions, [walker()])
    regions.forget()
    assert look(regions, [walker()]) is None


@pytest.mark.parametrize(
    "parts",
    [
        [Part(0, 0, 48, 64)],
        [Part(0, 0, 80, 200), Part(200, 0, 80, 120)],
        [Part(0, 0, 40, 80), Part(80, 0, 40, 80), Part(160, 0, 40, 80), Part(240, 96, 40, 80)],
    ],
)
def test_parts_lie_apart_in_the_smallest_input_that_holds_them(parts):
    layout = pack(parts, HEIGHT, WIDTH)
    assert (layout.height, layout.width) in sizes(HEIGHT, WIDTH)
    taken = np.zeros((layout.height + GAP, layout.width + GAP), int)
    for p in layout.parts:
        assert p.to_x % CELL == p.to_y % CELL == p.x % CELL == p.y % CELL == 0
        assert p.to_x + p.width <= layout.width and p.to_y + p.height <= layout.height
        assert p.x >= 0 and p.y >= 0 and p.x + p.width <= WIDTH and p.y + p.height <= HEIGHT
        taken[p.to_y : p.to_y + p.height + GAP, p.to_x : p.to_x + p.width + GAP] += 1
    assert taken.max() == 1
    smaller = [s for s in sizes(HEIGHT, WIDTH) if s[0] * s[1] < layout.height * layout.width]
    room = sum(p.width * p.height for p in parts)
    assert all(h * w < room or len(parts) > 1 or h < parts[0].height for h, w in smaller)


def test_what_fills_most_of_the_image_is_looked_at_as_a_whole():
    assert pack([Part(0, 0, 400, 256)], HEIGHT, WIDTH) is None
    assert pack([Part(0, 0, 456, 64)], HEIGHT, WIDTH) is None


@pytest.mark.parametrize("height, width", [(256, 456), (344, 456), (64, 64), (8, 8), (2048, 8192)])
def test_inputs_for_parts_are_smaller_and_of_whole_cells(height, width):
    for h, w in sizes(height, width):
        assert h % CELL == w % CELL == 0 and 0 < h * w < height * width


class Knows:
    """A network that finds the people whose places it knows in what it is shown of ROOM."""

    def __init__(self, people):
        self._whole = maps_of([p.keypoints for p in people], size=(HEIGHT // 8, WIDTH // 8))
        self.sizes = []
        cells = np.arange(HEIGHT // 8 * (WIDTH // 8)).reshape(HEIGHT // 8, -1)
        self.picture = np.kron(cells, np.ones((8, 8), int))
        self.picture = np.stack([self.picture % 251, self.picture // 251, 0 * self.picture], 2)
        self.picture = self.picture.astype(np.uint8)

    def __call__(self, tensor):
        self.sizes.append(tensor.shape[2:])
        b, g, r = np.rint(tensor[0, :, ::8, ::8]).astype(int)
        known = r == 0
        cell = np.where(known, np.minimum(b + 251 * g, HEIGHT * WIDTH // 64 - 1), 0)
        return [
            np.where(known, m.reshape(len(m), -1)[:, cell], 0.0).astype(np.float32)[None]
            for m in self._whole
        ]


def test_poses_of_parts_are_those_of_the_whole():
    people = [walker(20), walker(300, track_id=4)]
    network = Knows(people)
    spec = InputSpec(mean=(0.0, 0.0, 0.0), scale=1.0, fill=128)
    estimator = PoseEstimator(network, spec=spec)
    regions = Regions()
    whole = estimator.infer(network.picture, regions=regions)
    found = estimator.decode(whole)
    regions.update(found, whole)
    parts = estimator.infer(network.picture, regions=regions)
    assert np.prod(network.sizes[1]) <= np.prod(network.sizes[0]) / 2
    again = estimator.decode(parts)
    assert len(found) == len(again) == 2
    for one, other in zip(*(sorted(poses, key=left) for poses in (found, again))):
        np.testing.assert_allclose(one.keypoints, other.keypoints, atol=1e-3)
        assert one.score == pytest.approx(other.score, abs=1e-6)


def test_an_input_of_parts_shows_them_and_grey():
    layout = pack([Part(0, 0, 80, 200), Part(200, 0, 80, 120)], HEIGHT, WIDTH)
    shown = packed(ROOM, layout, 128)
    assert shown.shape == (layout.height, layout.width, 3)
    for p in layout.parts:
        np.testing.assert_array_equal(
            shown[p.to_y : p.to_y + p.height, p.to_x : p.to_x + p.width],
            ROOM[p.y : p.y + p.height, p.x : p.x + p.width],
        )
    first, second = layout.parts
    assert (shown[: first.height, first.width : second.to_x] == 128).all()


@pytest.mark.parametrize(
    "spec, layout, possible",
    [
        (InputSpec(), "maps", True),
        (InputSpec(fixed_size=(256, 456)), "maps", False),
        (InputSpec(multiple=32), "maps", False),
        (InputSpec(), "yolo", False),
    ],
)
def test_networks_of_one_size_and_without_maps_see_whole_images(spec, layout, possible):
    assert PoseEstimator(None, spec=spec, layout=layout).has_regions() == possible


@pytest.mark.skipif(not installed("openvino"), reason="needs openvino")
def test_a_photograph_has_the_same_people_in_parts():
    photograph = cv2.imread(str(Path(__file__).resolve().parents[2] / "doc" / "own_model.jpg"))
    room = np.full((720, 1280, 3), 128, np.uint8)
    couple = photograph[190:390, 1160:1345]
    room[300:500, 100 : 100 + couple.shape[1]] = couple
    estimator = PoseEstimator.load("own")
    regions = Regions()
    seen = estimator.infer(room, regions=regions)
    found = estimator.decode(seen)
    assert found
    regions.update(found, seen)
    parts = estimator.infer(room, regions=regions)
    assert parts.layout is not None
    again = estimator.decode(parts)
    assert len(again) == len(found)
    for one, other in zip(found, again):
        both = one.found & other.found
        assert both.sum() >= 0.8 * one.found.sum()
        apart = np.linalg.norm(one.keypoints[both, :2] - other.keypoints[both, :2], axis=1)
        assert np.median(apart) < 4


def test_a_runtime_that_compiles_for_each_size_keeps_those_of_regions():
    openvino_backend = pytest.importorskip("lightweight_openpose.backends.openvino_backend")
    assert len(sizes(256, 456)) + 1 <= openvino_backend._KEPT_SIZES
