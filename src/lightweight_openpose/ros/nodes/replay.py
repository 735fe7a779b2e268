"""Plays a bag once the estimator is ready, and gives the time back to the clock at the end."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from typing import IO, Callable, Deque, List, Optional

import roslib.packages
import rospy

from lightweight_openpose.files import looked_in
from lightweight_openpose.ros.bags.reading import check_index
from lightweight_openpose.ros.plumbing import params
from lightweight_openpose.ros.plumbing.connections import (
    UNREACHABLE,
    connected,
    published,
    subscribers,
)
from lightweight_openpose.ros.plumbing.sim_time import set_sim_time, sim_time
from lightweight_openpose.ros.settings.replay import ReplaySettings

_PERIOD = 0.1  # s between looks at what is awaited
_PATIENCE = 20.0  # s that those who want the topics may take to connect to the player
_GO_ON = b" "  # the key of rosbag play
_GRACE = 5.0  # s that the player may take to end
_COLOR = re.compile(r"\x1b\[[\d;]*m")
_LEVEL = re.compile(r"^\[[A-Z]+\] \[[\d., ]+\]: ")  # and time, as roscpp logs


class ReplayNode:
    """Waits, plays, and ends with the bag.

    The player starts paused, and goes on when everybody who wants its topics is connected to it.
    """

    def __init__(self, settings: ReplaySettings):
        """Raises ValueError without a bag that can be played, or without the topic to wait for."""
        if not os.access(settings.bag, os.R_OK):
            where = looked_in(settings.bag)
            raise ValueError(f"there is no bag '{settings.bag}'{where} to play: give bag:=FILE.bag")
        if settings.wait_for_subscribers and not settings.topics.split():
            raise ValueError("~wait_for_subscribers needs ~topics, the one to wait for first")
        check_index(settings.bag)
        self._settings = settings
        self._said: Deque[str] = deque(maxlen=1)  # the player's last line
        self._name = rospy.get_name() + "_player"
        self._player: Optional[subprocess.Popen[bytes]] = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the player, and leave /use_sim_time as it was."""
        if self._player is not None and self._player.poll() is None:
            self._player.send_signal(signal.SIGINT)  # upon which it takes leave of the master
            try:
                self._player.wait(_GRACE)
            except subprocess.TimeoutExpired:
                self._player.kill()
        set_sim_time(self._settings.former_sim_time)

    def _run(self) -> None:
        try:
            self._play()
        except Exception as error:  # whatever it is, the launch ends
            if not rospy.is_shutdown():
                rospy.logfatal("%s: the bag is not played: %s", rospy.get_name(), error)
        finally:
            rospy.signal_shutdown("the bag has ended")

    def _play(self) -> None:
        rospy.wait_for_service("estimate")
        self._wait(self._wanted)
        self._player = player = subprocess.Popen(
            self._command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert player.stdin is not None and player.stdout is not None  # each is a PIPE
        listener = threading.Thread(target=self._listen, args=(player.stdout,), daemon=True)
        listener.start()
        if not self._wait(lambda: self._all_connected(player), _PATIENCE):
            rospy.logwarn("%s: plays, though not everybody is connected", rospy.get_name())
        with contextlib.suppress(BrokenPipeError):  # of a player that has ended
            player.stdin.write(_GO_ON)
            player.stdin.flush()
        code = player.wait()
        listener.join(_GRACE)
        if code and not rospy.is_shutdown():
            last = self._said[0] if self._said else f"it gave no reason, exit code {code}"
            rospy.logerr("%s: rosbag play failed: %s", rospy.get_name(), last)

    def _listen(self, output: IO[bytes]) -> None:
        """Hand on what the player says."""
        for line in iter(output.readline, b""):
            text = _COLOR.sub("", line.decode(errors="replace")).strip()
            if text:
                print(text, file=sys.stderr, flush=True)
                self._said.append(_LEVEL.sub("", text))

    def _command(self) -> List[str]:
        settings = self._settings
        # The player itself: the script `rosbag play` would not hand an interrupt on to it.
        command = roslib.packages.find_node("rosbag", "play")
        if not command:
            raise OSError("the player of rosbag is missing; install the package rosbag")
        command = [*command, "--quiet", "--clock", "--pause", "--rate", str(settings.rate)]
        command += ["--loop"] if settings.loop else []
        command += shlex.split(settings.play_args) + [settings.bag]
        command += ["--topics", *settings.topics.split()] if settings.topics else []
        # Its clock is everybody's, also from within a namespace.
        return [*command, "clock:=/clock", f"__name:={self._name.rsplit('/', 1)[1]}"]

    def _wanted(self) -> bool:
        """Whether the images are wanted by as many as are awaited."""
        if not self._settings.wait_for_subscribers:
            return True
        image = rospy.resolve_name(self._settings.topics.split()[0])
        counts = subscribers([image, f"{image}/compressed"])
        return sum(counts.values()) >= self._settings.wait_for_subscribers

    def _all_connected(self, player: subprocess.Popen[bytes]) -> bool:
        """Whether who wants a topic of the bag will get it from the first message on."""
        if player.poll() is not None:
            return True
        topics = [t for t in published(self._name) if t not in ("/clock", "/rosout")]
        there = connected(self._name)
        wanted = subscribers(topics)
        return bool(topics) and all(there.get(topic, 0) >= n for topic, n in wanted.items())

    def _wait(self, condition: Callable[[], bool], timeout: float = float("inf")) -> bool:
        """Until it holds; False after timeout [s] or when the node goes down."""
        end = time.monotonic() + timeout
        while not rospy.is_shutdown() and time.monotonic() < end:
            try:
                if condition():
                    return True
            except UNREACHABLE:
                pass  # a node that is just coming or going
            time.sleep(_PERIOD)
        return False


def make_node(settings: ReplaySettings) -> ReplayNode:
    """The node; where it cannot be, /use_sim_time is as it was. Raises ValueError."""
    try:
        return ReplayNode(settings)
    except ValueError:
        set_sim_time(settings.former_sim_time)
        raise


def main() -> None:
    """Run the node; with --sim-time print what /use_sim_time is, for the launch file."""
    if "--sim-time" in sys.argv:
        print(sim_time(), end="")
        return
    params.run("replay_node", ReplaySettings, make_node)
