"""Frames of several cameras through one estimator."""
import threading
import time

import numpy as np
import pytest

from lightweight_openpose.estimation.pipeline import NewestOfEach, Pipeline


class SlowEstimator:
    """Stands for a PoseEstimator: infer takes a while, poses are the image's value."""

    def __init__(self, infer_s=0.02, decode_s=0.0):
        self.infer_s, self.decode_s, self.running, self.overlapped = infer_s, decode_s, False, False

    def infer(self, image):
        if image[0] < 0:
            raise ValueError("broken")
        self.running = True
        time.sleep(self.infer_s)
        self.running = False
        return image

    def decode(self, maps):
        time.sleep(self.decode_s / 2)
        self.overlapped |= self.running
        time.sleep(self.decode_s / 2)
        return [int(maps[0])]


class Run:
    def __init__(self, estimator):
        self.done, self.failed, self.changed = [], [], threading.Condition()
        self.pipeline = Pipeline(estimator, lambda item: np.array([item]), self._deliver, self._fail)

    def _deliver(self, key, item, image, poses):
        with self.changed:
            assert poses == [item] and image[0] == item
            self.done.append((key, item))
            self.changed.notify()

    def _fail(self, key, error):
        with self.changed:
            self.failed.append((key, str(error)))
            self.changed.notify()

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
        run.pipeline.put("camera", item)
        time.sleep(0.002)
    run.wait(lambda r: r.done and r.done[-1][1] == 49)
    items = [item for _, item in run.done]
    assert items == sorted(items) and len(items) < 25
    assert run.pipeline.dropped("camera") == 50 - len(items)
    run.pipeline.close()


def test_no_camera_starves():
    run = Run(SlowEstimator(0.005))
    fast = threading.Event()

    def flood():
        i = 0
        while not fast.wait(0.0005):
            run.pipeline.put("fast", i)
            i += 1

    thread = threading.Thread(target=flood)
    thread.start()
    for item in range(20):
        run.pipeline.put("slow", item)
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
        run.pipeline.put(item, item)
    run.wait(lambda r: len(r.done) == 8)
    run.pipeline.close()
    assert estimator.overlapped


@pytest.mark.parametrize("bad", [[-1], [-1, -2, -3]])
def test_bad_frames_are_told_and_the_next_one_is_done(bad):
    run = Run(SlowEstimator(0.0))
    for i, item in enumerate(bad):
        run.pipeline.put(i, item)
    run.wait(lambda r: len(r.failed) == len(bad))
    run.pipeline.put("good", 1)
    run.wait(lambda r: r.done == [("good", 1)])
    assert run.failed[0] == (0, "broken")
    run.pipeline.close()
