"""Who sends footage whose stamps fall behind the clock, as they should."""

from __future__ import annotations

import rospy

from lightweight_openpose.video import is_live


def waits_for_answers(node: str) -> bool:
    """Whether a node is a camera_node that gives a file's next frame when the last was answered.

    node: full name. False where its parameters do not say so, and while the master is away.
    """
    try:
        settings = rospy.get_param(node, None) if node else None
    except (OSError, rospy.ROSException):
        return False
    if not isinstance(settings, dict) or settings.get("realtime") is not False:
        return False
    return not is_live(str(settings.get("source", "0")))
