"""Joint states and URDF of each body (REP-155)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import astuple
from typing import Collection, Dict, Optional

import numpy as np
import rospy
from sensor_msgs.msg import JointState
from std_msgs.msg import Header

from lightweight_openpose.geometry.human_model import Body, BodyLengths, LengthMemory
from lightweight_openpose.ros.messages.human_urdf import human_urdf
from lightweight_openpose.ros.plumbing.retire import retire

_CHANGE = 0.05  # m by which a length has to differ for a new URDF


class HumanModels:
    """Publishes the angles of bodies; their URDFs are parameters while the bodies are there."""

    def __init__(self, frame_prefix: str):
        """frame_prefix: of the links, as of the frames that are sent."""
        self._prefix = frame_prefix
        self._models: Dict[str, _Model] = {}  # by body id

    def update(self, body_id: str, body: Body, header: Header) -> None:
        """Publish a body's angles, and its URDF where it has none or its lengths changed."""
        if body_id not in self._models:
            self._models[body_id] = _Model(body_id, self._prefix)
        self._models[body_id].update(body, header)

    def keep(self, body_ids: Collection[str]) -> None:
        """Forget the bodies that are not among these, with their topics and parameters."""
        for gone in self._models.keys() - set(body_ids):
            self._models.pop(gone).close()


class _Model:
    """One body."""

    def __init__(self, body_id: str, prefix: str):
        self._id = body_id
        self._prefix = prefix
        self._memory = LengthMemory()
        self._described: Optional[BodyLengths] = None
        topic = f"/humans/bodies/{body_id}/joint_states"
        self._states = rospy.Publisher(topic, JointState, queue_size=1)
        self._parameter = f"/human_description_{body_id}"

    def update(self, body: Body, header: Header) -> None:
        angles = body.angles()
        names = [f"{name}_{self._id}" for name in angles]
        self._states.publish(JointState(header=header, name=names, position=list(angles.values())))
        lengths = self._memory.update(body)
        if self._described is None or _differ(lengths, self._described):
            rospy.set_param(self._parameter, human_urdf(lengths, self._id, self._prefix))
            self._described = lengths

    def close(self) -> None:
        retire(self._states)
        if self._described is not None:
            with suppress(KeyError, OSError):  # a new master does not have it
                rospy.delete_param(self._parameter)


def _differ(lengths: BodyLengths, others: BodyLengths) -> bool:
    return bool(np.abs(np.subtract(astuple(lengths), astuple(others))).max() > _CHANGE)
