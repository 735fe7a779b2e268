"""Frames of a recording: every one, in order, as one by one."""

import threading

import numpy as np

from lightweight_openpose.estimation.estimator import PoseEstimator
from lightweight_openpose.estimation.in_order import estimates
from people import InHalves


class Brightest(InHalves):
    """Its answer is the brightest value of the image."""

    def __call__(self, image):
        return [int(image.max())]


class Runtime:
    """A backend that takes two images at once, and counts them."""

    def __init__(self, streams=1):
        self.streams, self.used, self.made = streams, 0, None

    def two_streams(self):
        self.made = Runtime(2)
        return self.made

    def __call__(self, tensor):
        self.used += 1
        if self.streams == 2:
            self.meeting.wait()
        value = float(tensor.max())
        return [np.full((1, 19, 4, 4), value, np.float32), np.zeros((1, 38, 4, 4), np.float32)]

    meeting = threading.Barrier(2, timeout=20)


def pictures(count):
    return [np.full((32, 32, 3), 20 * i, np.uint8) for i in range(count)]


def test_items_without_an_image_have_no_answer_and_keep_their_place():
    items = [None if i % 3 == 1 else image for i, image in enumerate(pictures(7))]
    answers = list(estimates(Brightest(), items, lambda image: image))
    expected = [None if i % 3 == 1 else [20 * i] for i in range(7)]
    assert [estimate and estimate.people for _, estimate in answers] == expected
    assert all(item is wanted for (item, _), wanted in zip(answers, items))


def test_two_images_are_in_the_network_at_once_where_it_takes_two():
    runtime = Runtime()
    estimator = PoseEstimator(runtime)
    answers = list(estimates(estimator, pictures(6), lambda image: image))
    assert len(answers) == 6
    assert (runtime.used, runtime.made.used) == (0, 6)


def test_a_camera_is_answered_before_its_next_image():
    runtime = Runtime()
    asked = []

    def camera():
        for image in pictures(4):
            asked.append(runtime.used)
            yield image

    answers = estimates(PoseEstimator(runtime), camera(), lambda image: image, at_once=True)
    assert len(list(answers)) == 4
    assert asked == [0, 1, 2, 3]
