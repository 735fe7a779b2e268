"""Plays a source for camera_node: at its pace, in loops, and again after a loss."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Dict, Iterator

import rospy

from lightweight_openpose.video import Source, VideoFrame
from lightweight_openpose.video.capture import SourceError
from lightweight_openpose.video.freeze import FreezeWatch
from lightweight_openpose.video.pace import Pace

_FIRST_WAIT = 0.5  # s before a lost camera is opened again
_LONGEST_WAIT = 10.0  # s likewise; each wait is twice the one before
_STILL_STEP = 1 / 30  # s that the only frame of a round lasts


class Player:
    """Iterate over it for VideoFrames until the source ends or ROS goes down.

    Of a file or folder their times [s] are those at which they are due: at `framerate` where it is
    given, and on and on in a loop. They are never given earlier.

    framerate [1/s]: 0 is the source's own; loop: a file or folder begins again; patience [s]:
    how long a camera may send the same picture before that is logged. A camera that is lost, and in
    a loop a file that played before, is tried again for ever, which is logged once. Iterating
    raises SourceError for a file that never gave a frame.

    lost: why no frame comes at present, "" where one does; times_lost: how often that was so;
    frozen: whether a camera sends the same picture.
    """

    def __init__(self, source: Source, framerate: float, loop: bool, patience: float):
        self._source = source
        self._framerate = framerate
        self._loop = loop
        self._patience = patience
        self._skipped: Dict[str, str] = {}  # file -> why, as logged last
        self._pace = Pace(framerate)
        self._round_end = 0.0  # s, where the footage goes on in the next round of a loop
        self.lost = ""  # which was logged
        self.times_lost = 0
        self.frozen = False

    def __iter__(self) -> Iterator[VideoFrame]:
        played = False
        wait = _FIRST_WAIT
        while not rospy.is_shutdown():
            try:
                for frame in self._paced():
                    self._recovered()
                    played = True
                    wait = _FIRST_WAIT
                    yield frame
                self._say_skipped()
            except SourceError as error:
                if not (self._source.live or (self._loop and played)):
                    raise
                self._lose(str(error))
                time.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT)
                continue
            if not self._loop:
                return

    def _paced(self) -> Iterator[VideoFrame]:
        """Frames of a file at their times or the rate wanted, a camera's as they come or slower."""
        live = self._source.live
        begin = self._round_end
        last = None
        watch = FreezeWatch(self._patience)
        for frame in self._source:
            if rospy.is_shutdown():
                return
            self._remark()
            if live and watch.changed(frame.image):
                self._say_frozen(watch.frozen)
            if not live or self._framerate:
                own = begin + frame.time
                wait = self._pace.wait(own)
                if live and wait > 0:
                    continue
                time.sleep(max(0.0, wait))
                self._round_end = own + (_STILL_STEP if last is None else own - last)
                last = own
                frame = replace(frame, time=self._pace.due(own))
                self._pace.step()
            yield frame

    def _remark(self) -> None:
        while self._source.remarks:
            rospy.logwarn("%s: %s", rospy.get_name(), self._source.remarks.pop(0))

    def _say_frozen(self, frozen: bool) -> None:
        self.frozen = frozen
        if frozen:
            text = "%s: %s has sent the same picture for more than %.0f s: is it frozen?"
            rospy.logwarn(text, rospy.get_name(), self._source.source, self._patience)
        else:
            rospy.loginfo("%s: %s moves again", rospy.get_name(), self._source.source)

    def _say_skipped(self) -> None:
        """Log each file that cannot be read, once."""
        for path, reason in self._source.unreadable.items():
            if self._skipped.get(path) != reason:
                rospy.logerr("%s: %s %s: skipped", rospy.get_name(), path, reason)
        self._skipped = dict(self._source.unreadable)

    def _lose(self, fault: str) -> None:
        if not self.lost:
            rospy.logerr("%s: %s Trying again until it does.", rospy.get_name(), fault)
            self.times_lost += 1
        self.lost = fault
        self.frozen = False

    def _recovered(self) -> None:
        if self.lost:
            rospy.loginfo("%s: %s gives frames again", rospy.get_name(), self._source.source)
            self.lost = ""
