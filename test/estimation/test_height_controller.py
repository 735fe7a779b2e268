"""The input height follows the machine's speed."""

import pytest

from lightweight_openpose.estimation.height_controller import HeightController, heights_below


def run(controller, ms_at_256, frames=300):
    """Heights used on a machine whose network takes ms_at_256 at 256 px, elsewhere as its area."""
    used = []
    height = controller.height
    for _ in range(frames):
        height = controller.update(ms_at_256 / 1000 * (height / 256) ** 2)
        used.append(height)
    return used


def test_heights():
    assert heights_below(256) == [256, 192, 160, 128]
    assert heights_below(368) == [368, 288, 224, 192]
    assert heights_below(128) == [128]


@pytest.mark.parametrize("ms, height", [(20, 256), (60, 192), (100, 160), (200, 128), (900, 128)])
def test_largest_height_that_holds_the_rate(ms, height):
    assert run(HeightController(20, 256), ms)[-1] == height


def test_no_hunting_near_the_limit():
    for ms in range(30, 140, 3):
        used = run(HeightController(20, 256), ms, 1000)
        assert len(set(used[200:])) == 1, ms


def test_grows_again_when_the_machine_is_free():
    controller = HeightController(20, 256)
    assert run(controller, 200)[-1] == 128
    assert run(controller, 20)[-1] == 256


def test_one_slow_frame_changes_nothing():
    controller = HeightController(20, 256)
    run(controller, 30, 50)
    controller.update(0.2)
    assert run(controller, 30, 50)[-1] == 256
