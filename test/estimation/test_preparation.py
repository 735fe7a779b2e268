"""The network gets ready for a new size of pictures before a frame waits for it."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from lightweight_openpose.estimation import pipeline
from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.packing import sizes
from lightweight_openpose.estimation.pipeline import Pipeline, Stream
from lightweight_openpose.estimation.seen import Maps, Timing
from lightweight_openpose.video.images import as_picture
from lightweight_openpose.zoo.model_info import InputSpec

SMALL, LARGE = (4, 2), (8, 4)  # width, height


class Compiler:
    """Stands for a PoseEstimator that compiles for each size, for as long as `free` is not set."""

    input_height = 256

    def __init__(self):
        self.did = []
        self.begun = threading.Event()
        self.free = threading.Event()
        self.fault = None

    def reduction_for(self, width, height, input_height):
        return 1

    def prepare(self, width, height, input_height, backend=None, regions=False):
        self.did.append((width, height, input_height))
        self.begun.set()
        assert self.free.wait(10)
        if self.fault:
            raise self.fault

    def input_of(self, image, input_height, reduction=1, regions=None):
        return image

    def look(self, image):
        if self.fault:
            raise self.fault
        self.did.append(int(image[0, 0, 0]))
        return Maps(image, None, None, Timing())

    def people(self, maps):
        return []

    def complete(self, maps, poses, before=()):
        return poses


class Camera(Stream):
    """Items are (number, size)."""

    def __init__(self):
        self.said, self.done, self.failed, self.over = [], [], [], 0
        self.changed = threading.Condition()

    def size_of(self, item):
        return item[1]

    def preparing(self, width, height):
        self.said.append(("preparing", width, height))

    def prepared(self, width, height, seconds):
        self.said.append(("prepared", width, height))

    def overtaken(self):
        self.over += 1

    def load(self, item, size, reduction):
        width, height = item[1]
        assert size == item[1]  # also where the item is newer than the one that was taken
        return as_picture(np.full((height, width, 3), item[0], np.uint8))

    def deliver(self, item, picture, poses, complete):
        with self.changed:
            self.done.append(item[0])
            self.changed.notify()

    def fail(self, error):
        with self.changed:
            self.failed.append(str(error))
            self.changed.notify()

    def wait(self, count):
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.done) + len(self.failed) == count, 10)


@pytest.fixture
def run():
    compiler, camera = Compiler(), Camera()
    pipeline = Pipeline(compiler)
    yield SimpleNamespace(compiler=compiler, camera=camera, pipeline=pipeline)
    compiler.free.set()
    pipeline.close()


def test_a_frame_that_waited_for_a_short_compilation_is_answered(run, monkeypatch):
    monkeypatch.setattr(pipeline, "STALE", 60.0)
    run.pipeline.put(run.camera, (0, SMALL))
    assert run.compiler.begun.wait(10)
    run.pipeline.put(run.camera, (1, SMALL))
    run.compiler.free.set()
    run.camera.wait(2)
    assert run.camera.done == [0, 1] and run.camera.over == run.pipeline.dropped(run.camera) == 0


def test_of_a_live_camera_the_newest_frame_is_answered_after_the_compilation(run, monkeypatch):
    monkeypatch.setattr(pipeline, "STALE", 0.0)
    run.pipeline.put(run.camera, (0, SMALL))
    assert run.compiler.begun.wait(10)
    waiting = [run.pipeline.put(run.camera, (number, SMALL)) for number in range(1, 6)]
    run.compiler.free.set()
    run.camera.wait(1)
    assert run.camera.done == [5] and run.compiler.did == [(*SMALL, 256), 5]
    assert (waiting.count(True), run.camera.over, run.pipeline.dropped(run.camera)) == (4, 1, 5)


def test_the_only_frame_of_a_file_is_answered_after_the_compilation(run):
    run.pipeline.put(run.camera, (7, SMALL))
    assert run.compiler.begun.wait(10)
    run.compiler.free.set()
    run.camera.wait(1)
    assert run.camera.done == [7] and run.camera.over == run.pipeline.dropped(run.camera) == 0


def test_frames_of_a_size_that_was_prepared_wait_for_nothing(run):
    run.compiler.free.set()
    assert run.pipeline.prepare(run.camera, *SMALL)
    assert not run.pipeline.prepare(run.camera, *SMALL)
    for number in (1, 2):
        run.pipeline.put(run.camera, (number, SMALL))
        run.camera.wait(number)
    assert run.compiler.did == [(*SMALL, 256), 1, 2]
    assert run.camera.said == [("preparing", *SMALL), ("prepared", *SMALL)]


def test_a_camera_that_changes_its_size_is_prepared_for_again(run):
    run.compiler.free.set()
    for count, size in enumerate((SMALL, LARGE, SMALL), start=1):
        run.pipeline.put(run.camera, (count, size))
        run.camera.wait(count)
    assert run.compiler.did == [(*SMALL, 256), 1, (*LARGE, 256), 2, (*SMALL, 256), 3]


def test_a_frame_waits_for_a_preparation_that_has_begun(run):
    thread = threading.Thread(target=run.pipeline.prepare, args=(run.camera, *SMALL))
    thread.start()
    assert run.compiler.begun.wait(10)
    run.pipeline.put(run.camera, (3, SMALL))
    run.compiler.free.set()
    thread.join(10)
    run.camera.wait(1)
    assert run.compiler.did == [(*SMALL, 256), 3]


def test_a_size_that_the_network_refuses_fails_with_its_frames_and_not_before(run):
    run.compiler.free.set()
    run.compiler.fault = ValueError("too small")
    for count in (1, 2):
        run.pipeline.put(run.camera, (count, SMALL))
        run.camera.wait(count)
    assert run.camera.failed == ["too small", "too small"]
    assert run.camera.said == [("preparing", *SMALL)] and run.compiler.did == [(*SMALL, 256)]


@pytest.mark.parametrize(
    "width, height, fixed",
    [(1280, 720, None), (640, 480, None), (101, 997, None), (8192, 16, None), (640, 480, (32, 64))],
)
def test_the_grey_image_becomes_the_input_that_pictures_of_the_size_become(width, height, fixed):
    shapes = []

    class Backend:
        name = "none"

        def __call__(self, tensor):
            shapes.append(tensor.shape)
            return np.zeros((1, 19, 4, 4), np.float32), np.zeros((1, 38, 4, 4), np.float32)

    estimator = PoseEstimator(Backend(), spec=InputSpec(fixed_size=fixed), input_height=64)
    estimator.prepare(width, height)
    estimator.infer(np.zeros((height, width, 3), np.uint8))
    estimator.prepare(width, height, 96)
    estimator.infer(np.zeros((height, width, 3), np.uint8), 96)
    assert shapes[0] == shapes[1] and shapes[2] == shapes[3]


def test_inputs_for_parts_of_images_are_prepared_like_those_for_whole_ones():
    shapes = []

    class Backend:
        name = "none"

        def __call__(self, tensor):
            shapes.append(tensor.shape[2:])
            return np.zeros((1, 19, 4, 4), np.float32), np.zeros((1, 38, 4, 4), np.float32)

    PoseEstimator(Backend()).prepare(1280, 720, regions=True)
    assert shapes[0] == (256, 456) and shapes[1:] == sizes(256, 456)
