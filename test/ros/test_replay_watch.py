"""What the replay's watcher meets while nodes come and go; needs ROS."""

import pytest

rospy = pytest.importorskip("rospy", reason="ROS is not sourced")
pytest.importorskip("lightweight_openpose.msg", reason="the catkin workspace is not sourced")
from lightweight_openpose.ros.nodes import replay
from lightweight_openpose.ros.plumbing.connections import UNREACHABLE


@pytest.fixture
def node(monkeypatch, tmp_path):
    """A replay whose bag is not looked at, and which does nothing by itself."""
    monkeypatch.setattr(replay, "check_index", lambda path: None)
    monkeypatch.setattr(replay.threading.Thread, "start", lambda thread: None)
    monkeypatch.setattr(rospy, "is_shutdown", lambda: False)
    (tmp_path / "a.bag").touch()
    return replay.ReplayNode(replay.ReplaySettings(bag=str(tmp_path / "a.bag")))


@pytest.mark.parametrize("error", UNREACHABLE)
def test_a_node_that_cannot_be_asked_is_asked_again(error, node):
    answers = iter([error("gone"), error("gone"), True])

    def condition():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert node._wait(condition, 10)


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("y"), rospy.ROSException("z")])
def test_whatever_fails_the_launch_ends_and_says_so(error, node, monkeypatch):
    ended, said = [], []

    def fail():
        raise error

    monkeypatch.setattr(node, "_play", fail)
    monkeypatch.setattr(rospy, "signal_shutdown", ended.append)
    monkeypatch.setattr(rospy, "logfatal", lambda text, *more: said.append(text % more))
    node._run()
    assert ended == ["the bag has ended"]
    assert len(said) == 1 and "the bag is not played: " in said[0]
