"""The demo: a master of its own, the source checked first, result or reason last."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import time
import xmlrpc.client
from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
needs_workspace = pytest.mark.skipif(
    not shutil.which("roslaunch") or not (ROOT / ".ws" / "devel" / "setup.bash").exists(),
    reason="no ROS, or the workspace is not built",
)
FRAMES = 40
NOT_THERE = {  # what is given as SOURCE -> how the only line printed ends
    "no_such_clip.mp4": "does not exist; give a camera index, a file, a folder or a URL",
    "http://127.0.0.1:9/": "reachable, and free (another program may hold it)?",
    "97": "cannot open 97: is it plugged in, reachable, and free (another program may hold it)?",
}


def demo(out, environment=(), **variables):
    """tools/demo.sh, finished; what it printed is in one stream."""
    env = dict(os.environ, OUT=str(out), **dict(environment), **variables)
    env.pop("DISPLAY", None)
    return subprocess.run(
        [str(ROOT / "tools" / "demo.sh")],
        env=env,
        timeout=120,
        universal_newlines=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def refusal(tmp_path, source):
    """The one line with which the demo turns a source down before it starts anything."""
    result = demo(tmp_path / "out", SOURCE=str(source))
    assert result.returncode == 1
    assert not (tmp_path / "out").exists()
    (line,) = result.stdout.splitlines()
    return line


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Two people who walk, at 50 frames/s: faster than the network on most machines."""
    walker = cv2.imread(str(ROOT / "doc" / "own_model.jpg"))[60:400, 980:1400]
    players = np.hstack([walker, walker])
    path = str(tmp_path_factory.mktemp("footage") / "clip.avi")
    size = (players.shape[1], players.shape[0])
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*"MJPG"), 50, size)
    for _ in range(FRAMES):
        writer.write(players)
    writer.release()
    return path


def recorded(path):
    """(number of frames, time of the last [s]) of a video."""
    import av

    with av.open(str(path)) as container:
        times = [frame.time for frame in container.decode(video=0)]
    return len(times), times[-1]


class OtherMaster:
    """A ROS master of somebody else's, with a camera on /camera/image_raw."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("", 0))
            port = probe.getsockname()[1]
        self.uri = f"http://localhost:{port}"
        self._process = subprocess.Popen(
            ["rosmaster", "--core", "-p", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._master = xmlrpc.client.ServerProxy(self.uri)

    def __enter__(self):
        camera = ("/camera/driver", "/camera/image_raw", "sensor_msgs/Image", "http://localhost:1/")
        for _ in range(100):
            with contextlib.suppress(OSError):
                self._master.registerPublisher(*camera)
                return self
            time.sleep(0.1)
        self.__exit__()
        raise AssertionError("rosmaster did not start")

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(20)

    def state(self):
        """All that it knows: publishers, subscribers, services, and the names of parameters."""
        return self._master.getSystemState("/test")[2], self._master.getParamNames("/test")[2]


@needs_workspace
def test_a_bad_file_in_a_folder_is_named_and_left_out(tmp_path):
    photo = cv2.imread(str(ROOT / "doc" / "own_model.jpg"))[60:400, 980:1400]
    (tmp_path / "photos").mkdir()
    for name in ("1.jpg", "3.jpg"):
        (tmp_path / "photos" / name).write_text("no picture")
    cv2.imwrite(str(tmp_path / "photos" / "2.jpg"), photo)
    result = demo(tmp_path / "out", SOURCE=str(tmp_path / "photos"), HEIGHT="256")
    assert result.returncode == 0, result.stdout
    assert result.stdout.count(".jpg is no image or video that can be read") == 2
    assert re.search(r"Frames: +10 of 10 at ", result.stdout)


@needs_workspace
def test_a_short_clip_beside_another_master(clip, tmp_path):
    out = tmp_path / "a folder" / "out"
    with OtherMaster() as other:
        before = other.state()
        result = demo(out, SOURCE=clip, ROS_MASTER_URI=other.uri, ROS_NAMESPACE="elsewhere")
        assert other.state() == before
    assert result.returncode == 0, result.stdout
    assert "\x1b" not in result.stdout and "REQUIRED" not in result.stdout
    *_, blank, seen, frames, look, data, following, robot = result.stdout.splitlines()
    assert blank == ""
    assert re.match(r"Seen: +2 people in the median frame, at most 2, 2 ids; heads in \d", seen)
    assert re.match(rf"Frames: +{FRAMES} of {FRAMES} at ", frames)
    assert "\n  waiting for " in result.stdout
    assert following.startswith("Next:") and robot.endswith("image:=/camera/color/image_raw")
    assert f"source {ROOT}/.ws/devel/setup.bash && roslaunch" in robot
    for name in ("demo.mp4", "frame.png", "demo.bag", "summary.json", "demo.log"):
        assert name in look + data and str(out) in look
        assert (out / name).stat().st_size > 0
    assert json.loads((out / "summary.json").read_text())["ok"]
    assert recorded(out / "demo.mp4") == (FRAMES, pytest.approx((FRAMES - 1) / 50, abs=0.01))
    assert "REQUIRED process" in (out / "demo.log").read_text()  # kept, but not shown


def test_a_height_that_is_no_number_is_one_line(tmp_path):
    result = demo(tmp_path / "out", HEIGHT="abc")
    assert (result.returncode, result.stdout) == (
        1,
        "demo: HEIGHT is abc; give a whole number of px, such as 256\n",
    )


@needs_workspace
def test_the_last_line_is_the_reason_of_a_node_that_cannot_start(clip, tmp_path):
    result = demo(tmp_path, SOURCE=clip, HEIGHT="7")
    assert result.returncode == 1
    last = result.stdout.splitlines()[-1]
    said = (
        "/pose_estimator cannot start: /pose_estimator/input_height is 7; allowed are 32..2048 [px]"
    )
    assert last == f"demo: {said} (full log: {tmp_path}/demo.log)"


@pytest.mark.parametrize("source", NOT_THERE)
def test_a_source_that_is_not_there_is_one_line(tmp_path, source):
    assert refusal(tmp_path, source).endswith(NOT_THERE[source])


def test_a_folder_without_images_is_one_line(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing to see")
    assert refusal(tmp_path, tmp_path) == f"demo: folder {tmp_path} holds no image or video"


def test_a_file_that_is_no_image_is_one_line(tmp_path):
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"no video at all" * 100)
    said = f"demo: {path} is no image or video that can be read: Invalid data found"
    assert refusal(tmp_path, path).startswith(said)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_one_line(tmp_path):
    path = tmp_path / "secret.png"
    path.touch(mode=0)
    assert refusal(tmp_path, path) == f"demo: {path} cannot be read: permission denied"


def address(host_name, **variables):
    """ROS_IP that tools/ros_environment.sh leaves on a machine of this name."""
    env = {n: v for n, v in os.environ.items() if n not in ("ROS_IP", "ROS_HOSTNAME")}
    command = f"hostname {host_name}; . tools/ros_environment.sh; echo ${{ROS_IP:-none}}"
    result = subprocess.run(
        ["unshare", "--map-root-user", "--uts", "bash", "-c", command],
        cwd=str(ROOT),
        env=dict(env, **variables),
        universal_newlines=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    if "unshare" in result.stderr:
        pytest.skip("no host name of its own can be given to a process here")
    return result.stdout.strip()


def test_a_host_name_that_leads_nowhere_gives_way_to_loopback():
    nowhere = "no-such-host.invalid"
    assert address(nowhere) == "127.0.0.1"
    assert address(nowhere, ROS_IP="10.0.0.7") == "10.0.0.7"
    assert address(nowhere, ROS_HOSTNAME="robot") == "none"
    assert address("localhost") == "none"


@pytest.mark.ros
def test_a_node_that_crashed_is_the_reason():
    from lightweight_openpose.ros.nodes.demo_summary import fault_in

    refused = "\x1b[31mRLException: while processing /a/b.launch:\nInvalid <param> tag: 'x'. \n\n"
    assert fault_in(refused) == "Invalid <param> tag: 'x'."
    died = "\x1b[31m====REQUIRED process [{}-3] has died!\nprocess has {}.\nlog file: x\n\x1b[0m"
    crashed = died.format("pose_estimator", "died [pid 12, exit code -11, cmd x")
    assert fault_in(crashed) == "pose_estimator ended with exit code -11"
    assert fault_in(died.format("demo_monitor", "died [pid 12, exit code 1, cmd x")) is None
    assert fault_in(died.format("demo_monitor", "finished cleanly")) is None


@pytest.mark.ros
def test_what_is_waited_for_is_told():
    from lightweight_openpose.ros.nodes.demo_watch import awaited

    assert awaited(False, None) == "the estimator: it loads the network"
    assert awaited(True, None) == "the first image of the camera"
    assert awaited(True, (64, 48)).endswith("prepared for images of 64x48 px")


@pytest.mark.ros
def test_the_camera_hears_of_poses_when_those_before_are_drawn():
    from std_msgs.msg import Header

    from lightweight_openpose.ros.nodes.demo_watch import Turns

    turns = Turns()
    first, second, third = (Header(stamp=s) for s in (1, 2, 3))
    assert turns.take() is None
    turns.on_poses(first)
    assert turns.take() is first and turns.take() is None
    turns.on_poses(second)
    assert turns.take() is None  # the first is not drawn
    turns.on_drawing(1)
    assert turns.take() is second and turns.take() is None
    turns.on_drawing(2)
    assert turns.take() is None
    turns.on_poses(third)
    assert turns.take() is third


@pytest.mark.ros
def test_the_line_for_a_robot_works_in_a_fresh_shell(tmp_path, monkeypatch):
    from lightweight_openpose.ros.nodes.demo_summary import _sourcing

    workspace = tmp_path / "my robot" / "devel"
    monkeypatch.setenv("CMAKE_PREFIX_PATH", f"{workspace}:/usr")
    assert _sourcing() == ""
    workspace.mkdir(parents=True)
    (workspace / "setup.bash").touch()
    assert _sourcing() == f"source '{workspace}/setup.bash' && "


@pytest.mark.ros
def test_words_for_one_and_for_many():
    from lightweight_openpose.ros.nodes.demo_summary import closing_lines

    summary = {
        "people_in_median_frame": 1.0,
        "most_people_in_a_frame": 2,
        "track_ids": 1,
        "frames_with_head_orientation": 3,
        "frames_processed": 4,
        "frames_offered": 5,
    }
    seen, frames = closing_lines(summary, Path("/tmp"))[:2]
    assert seen == "Seen:    1 person in the median frame, at most 2, 1 id; heads in 3 frames"
    assert frames == "Frames:  4 of 5"


@pytest.mark.ros
def test_the_picture_is_of_good_poses_with_ids_and_a_head():
    from lightweight_openpose.msg import HeadOrientation

    from lightweight_openpose.ros.nodes.demo_watch import FrameChoice, is_upright

    choice = FrameChoice()
    frames = [  # scores, heads, whether all have ids, whether it is the best so far
        ([], 0, True, False),
        ([0.9], 1, True, True),
        ([0.5] * 3, 1, True, True),  # several people and a head
        ([0.8, 0.7], 0, True, False),  # no head
        ([0.8, 0.7], 1, False, False),  # no ids yet
        ([0.5, 0.5, 0.5, 0.1, 0.1], 2, True, False),  # more people, the others false
        ([0.6, 0.6], 1, True, True),
        ([0.6, 0.6], 1, True, False),
    ]
    for stamp, (scores, heads, tracked, best) in enumerate(frames):
        choice.on_poses(stamp, scores, tracked)
        choice.on_heads(stamp, heads)
        assert choice.is_best(stamp) is best, stamp
    assert not choice.is_best(-1)  # its poses have not come
    assert is_upright(HeadOrientation(yaw=1.5, pitch=0.3, roll=-0.2))
    assert not is_upright(HeadOrientation(yaw=0.8, pitch=-0.1, roll=-2.9))
