"""A picture that stands still is noticed, and when it moves again."""

import numpy as np

from lightweight_openpose.video.freeze import FreezeWatch


def test_the_same_picture_for_longer_than_the_patience():
    rng = np.random.default_rng(0)
    still = rng.integers(0, 255, (48, 64, 3)).astype(np.uint8)
    now = [0.0]
    watch = FreezeWatch(2.0, lambda: now[0])
    seen = []
    for i in range(100):  # 10 frames a second; it stands from 2 s to 6 s
        now[0] = i / 10
        frame = still if 20 <= i < 60 else rng.integers(0, 255, (48, 64, 3)).astype(np.uint8)
        if watch.changed(frame):
            seen.append((now[0], watch.frozen))
    assert seen == [(4.1, True), (6.0, False)]


def test_another_size_is_another_picture():
    now = [0.0]
    watch = FreezeWatch(2.0, lambda: now[0])
    for i in range(10):
        now[0] = float(i)
        assert not watch.changed(np.zeros((48 + 8 * (i % 2), 64, 3), np.uint8))


def test_a_frame_that_is_reused_by_its_reader_is_no_freeze():
    now = [0.0]
    watch = FreezeWatch(2.0, lambda: now[0])
    frame = np.zeros((48, 64, 3), np.uint8)
    for i in range(10):
        now[0] = float(i)
        frame += 1
        assert not watch.changed(frame)
