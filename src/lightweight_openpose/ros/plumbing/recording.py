"""The mp4 that a node records: its faults in the log and on /diagnostics."""

from __future__ import annotations

import threading
from typing import Callable, Optional

import numpy as np
import rospy
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_updater import DiagnosticStatusWrapper, Updater

from lightweight_openpose.video.recorder import VideoRecorder


class Recording:
    """Frames go into an mp4 until close(), or until a fault, which ends it and is logged once.

    Raises OSError for a path that cannot be recorded to, ImportError without av.
    """

    def __init__(self, path: str):
        self._recorder = VideoRecorder(path)
        self._lock = threading.Lock()  # close() against a frame that is being written
        self._open = True
        self._fault = ""
        self._updater: Optional[Updater] = None

    def report_by(self, updater: Updater) -> None:
        """Have a status of its own among those of the node."""
        self._updater = updater
        updater.add("recording", self._fill)

    def write(self, image: np.ndarray, stamp: float) -> None:
        """Add a BGR image (H, W, 3) uint8; stamp [s]."""
        with self._lock:
            if self._open:
                self._try(lambda: self._recorder.write(image, stamp))
                while self._recorder.remarks:
                    rospy.logwarn("%s: %s", rospy.get_name(), self._recorder.remarks.pop(0))

    def close(self) -> None:
        """Finish the file; say how many frames it has, or what is missing."""
        with self._lock:
            if self._open and self._try(self._recorder.close):
                text = (
                    "%s: recorded %s, %d frames"
                    if self._recorder.frames
                    else ("%s: no %s was recorded, %d frames came")
                )
                rospy.loginfo(text, rospy.get_name(), self._recorder.path, self._recorder.frames)
            self._open = False
        if self._fault and self._updater is not None:
            self._updater.force_update()  # the last one; the node is going down

    def _try(self, call: Callable[[], object]) -> bool:
        """Whether it went well; else the fault was logged, and the recording ends."""
        try:
            call()
        except OSError as error:
            self._open = False
            self._fault = str(error)
            rospy.logerr("%s: %s", rospy.get_name(), error)
        return self._open

    def _fill(self, status: DiagnosticStatusWrapper) -> DiagnosticStatusWrapper:
        """One line of /diagnostics."""
        if self._fault:
            status.summary(DiagnosticStatus.ERROR, self._fault)
        else:
            status.summary(DiagnosticStatus.OK, f"{self._recorder.frames} frames")
        status.add("file", str(self._recorder.path))
        return status
