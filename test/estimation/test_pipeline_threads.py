"""Frames of several cameras through one estimator."""

import threading
import time

import numpy as np
import pytest

from lightweight_openpose.estimation.height_controller import SETTLE, HeightController
from lightweight_openpose.estimation.inference_requests import ARRIVALS, TwoStreams
from lightweight_openpose.estimation.pipeline import NewestOfEach, Pipeline, Stream
from lightweight_openpose.estimation.seen import Maps, Timing
from lightweight_openpose.video.images import Picture


class SlowEstimator:
    """Stands for a PoseEstimator: infer takes a while, poses are the image's value."""

    input_height = 256

    def __init__(self, infer_s=0.02, decode_s=0.0):
        self.infer_s = infer_s
        self.decode_s = decode_s
        self.running = False
        self.overlapped = False
        self.heights = []

    def reduction_for(self, width, height, input_height):
        assert (width, height) == (1, 1)
        return 2

    def input_of(self, image, input_height, reduction, regions):
        assert reduction == 2
        return image, input_height

    def look(self, given, backend=None):
        image, input_height = given
        if backend is not None:
            return backend(image)
        if image[0] < 0:
            raise ValueError("broken")
        self.heights.append(input_height)
        self.running = True
        time.sleep(self.infer_s)
        self.running = False
        return Maps(image, None, None, Timing(0.0, 1000 * self.infer_s))

    def people(self, maps):
        time.sleep(self.decode_s / 2)
        self.overlapped |= self.running
        time.sleep(self.decode_s / 2)
        return [int(maps.heatmaps[0])]

    def complete(self, maps, poses, before=()):
        return [*poses, *before, int(maps.heatmaps[0])]


class Camera(Stream):
    """Items are numbers, images arrays of one of them."""

    def __init__(self, run, name):
        self.run = run
        self.name = name

    def size_of(self, item):
        return 1, 1

    def load(self, item, size, reduction):
        return Picture(np.array([item]), *size, reduction)

    def deliver(self, item, picture, poses, complete):
        with self.run.changed:
            assert poses == [item] and picture.image[0] == item
            assert complete(poses, ["before"]) == [item, "before", item]
            self.run.done.append((self.name, item))
            self.run.changed.notify()

    def fail(self, error):
        with self.run.changed:
            self.run.failed.append((self.name, str(error)))
            self.run.changed.notify()


class Run:
    def __init__(self, estimator, heights=None, measure=None):
        self.done = []
        self.failed = []
        self.changed = threading.Condition()
        self.pipeline = Pipeline(estimator, heights, measure)
        self.cameras = {}

    def put(self, name, item):
        self.pipeline.put(self.camera(name), item)

    def camera(self, name):
        return self.cameras.setdefault(name, Camera(self, name))

    def wait(self, condition):
        with self.changed:
            assert self.changed.wait_for(lambda: condition(self), 10)


def test_slots_keep_the_newest_and_take_turns():
    slots = NewestOfEach()
    for item in range(3):
        slots.put("a", item)
        slots.put("b", 10 + item)
    assert slots.take() == ("a", 2)
    slots.put("a", 3)
    assert slots.take() == ("b", 12) and slots.take() == ("a", 3)
    assert slots.dropped == {"a": 2, "b": 2}
    slots.put("a", 4)
    slots.close()
    assert slots.take() is None


def test_newest_frame_wins_and_order_is_kept():
    run = Run(SlowEstimator())
    for item in range(50):
        run.put("camera", item)
        time.sleep(0.002)
    run.wait(lambda r: r.done and r.done[-1][1] == 49)
    items = [item for _, item in run.done]
    assert items == sorted(items) and len(items) < 25
    assert run.pipeline.dropped(run.camera("camera")) == 50 - len(items)
    run.pipeline.close()


def test_no_camera_starves():
    run = Run(SlowEstimator(0.005))
    fast = threading.Event()

    def flood():
        i = 0
        while not fast.wait(0.0005):
            run.put("fast", i)
            i += 1

    thread = threading.Thread(target=flood)
    thread.start()
    for item in range(20):
        run.put("slow", item)
        run.wait(lambda r: ("slow", item) in r.done)
    fast.set()
    thread.join()
    run.pipeline.close()
    counts = [sum(key == k for key, _ in run.done) for k in ("slow", "fast")]
    assert counts[0] == 20 and 15 <= counts[1] <= 45


def test_decoding_overlaps_the_network():
    estimator = SlowEstimator(0.03, 0.03)
    run = Run(estimator)
    for item in range(8):
        run.put(item, item)
    run.wait(lambda r: len(r.done) == 8)
    run.pipeline.close()
    assert estimator.overlapped


@pytest.mark.parametrize("bad", [[-1], [-1, -2, -3]])
def test_bad_frames_are_told_and_the_next_one_is_done(bad):
    run = Run(SlowEstimator(0.0))
    for i, item in enumerate(bad):
        run.put(i, item)
    run.wait(lambda r: len(r.failed) == len(bad))
    run.put("good", 1)
    run.wait(lambda r: r.done == [("good", 1)])
    assert run.failed[0] == (0, "broken")
    run.pipeline.close()


def test_the_height_gives_way_to_the_rate_for_the_pipeline_alone():
    """20 ms at 256 px is too slow for 100 frames a second: smaller heights, others keep theirs."""
    estimator = SlowEstimator(0.02)
    run = Run(estimator, HeightController(100, 256))
    for item in range(2 * SETTLE + 2):
        run.put("camera", item)
        run.wait(lambda r: len(r.done) == item + 1)
    run.pipeline.close()
    assert estimator.heights[0] == 256 and estimator.heights[-1] < 200
    assert run.pipeline.input_height == estimator.heights[-1] and estimator.input_height == 256
    assert run.pipeline.timing.network == 20


def test_the_time_of_reading_a_message_counts_for_the_rate():
    """20 ms of reading and 1 ms of the network are too slow for 100 frames a second."""
    run = Run(SlowEstimator(0.001), HeightController(100, 256))
    camera, load = run.camera("camera"), Camera.load
    camera.load = lambda *arguments: time.sleep(0.02) or load(camera, *arguments)
    for item in range(SETTLE + 2):
        run.put("camera", item)
        run.wait(lambda r: len(r.done) == item + 1)
    run.pipeline.close()
    assert run.pipeline.input_height < 256


class TwoAtOnce:
    """Stands for a backend that takes two frames: the first of a pair ends after the second."""

    def __init__(self):
        self.most = 0
        self._inside = 0
        self._changed = threading.Condition()

    def __call__(self, image):
        with self._changed:
            self._inside += 1
            self.most = max(self.most, self._inside)
            self._changed.notify_all()
            if image[0] % 2 == 0:
                self._changed.wait_for(lambda: self._inside > 1, 0.1)
        time.sleep(0.02 if image[0] % 2 == 0 else 0.005)
        with self._changed:
            self._inside -= 1
        return Maps(image, None, None, Timing(0.0, 20.0))


def test_two_frames_side_by_side_come_out_in_order():
    backend = TwoAtOnce()
    run = Run(SlowEstimator(0.02), measure=lambda *size: TwoStreams(backend, 1.5))
    item = 0
    while backend.most < 2 or len(run.done) < 60:
        run.put("camera", item)
        item += 1
        time.sleep(0.002)
        assert item < 5000
    assert run.pipeline.frames_in_network == 2
    run.wait(lambda r: r.done[-1][1] == item - 1)
    items = [number for _, number in run.done]
    assert items == sorted(items) and backend.most == 2
    run.pipeline.close()


def test_a_frame_goes_in_alone_while_the_network_is_faster_than_the_camera():
    measured = []
    run = Run(SlowEstimator(0.001), measure=lambda *size: measured.append(size))
    for item in range(2 * ARRIVALS):
        run.put("camera", item)
        run.wait(lambda r: r.done and r.done[-1][1] == item)
        time.sleep(0.01)
    run.pipeline.close()
    assert not measured and run.pipeline.frames_in_network == 1


@pytest.mark.parametrize("fault", [None, MemoryError("no room")])
def test_where_two_frames_are_not_worth_it_or_cannot_be_measured_one_goes_in(fault):
    measured = []

    def measure(*size):
        measured.append(size)
        if fault:
            raise fault

    run = Run(SlowEstimator(0.01), measure=measure)
    item = 0
    while len(run.done) < 2 * ARRIVALS:
        run.put("camera", item)
        item += 1
        time.sleep(0.002)
        assert item < 5000
    run.wait(lambda r: r.done[-1][1] == item - 1)
    assert measured == [(1, 1)] and not run.failed and run.pipeline.frames_in_network == 1
    run.pipeline.close()


def test_frames_that_fail_side_by_side_are_told_in_order():
    def broken(image):
        if image[0] % 3 == 0:
            raise ValueError("broken")
        time.sleep(0.01)
        return Maps(image, None, None, Timing(0.0, 10.0))

    run = Run(SlowEstimator(0.02), measure=lambda *size: TwoStreams(broken, 1.5))
    item = 1
    while len(run.failed) < 5:
        run.put("camera", item)
        item += 1
        time.sleep(0.002)
        assert item < 5000
    items = [number for _, number in run.done]
    assert items == sorted(items) and run.failed[0] == ("camera", "broken")
    run.pipeline.close()
