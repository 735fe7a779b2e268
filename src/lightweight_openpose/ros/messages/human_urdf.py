"""URDF of a person for REP-155: its links, joints and axes, with the lengths of one body."""

from __future__ import annotations

import math
from typing import Iterable, List, Tuple
from xml.etree.ElementTree import Element, SubElement, tostring

from lightweight_openpose.geometry.human_model import SIDES, BodyLengths

_RADIUS = 0.03  # m, of limbs on a picture
_COLOR = "0.9 0.7 0.4 1"
_EFFORT = "1000"  # N m; URDF asks for one, and for a velocity
_VELOCITY = "10"  # rad/s
_Vector = Tuple[float, float, float]  # x, y, z


def human_urdf(lengths: BodyLengths, body_id: str, prefix: str = "") -> str:
    """URDF text of a body.

    body_id: all names end in _<body_id>; prefix: before the names of links, as before those of
    the frames that are sent. Angles are free: a measured body may bend more than a healthy one.
    """
    return tostring(_Writer(lengths, body_id, prefix).robot, encoding="unicode")


class _Writer:
    """Adds link after link, from the root outwards."""

    def __init__(self, lengths: BodyLengths, body_id: str, prefix: str):
        self._id = body_id
        self._prefix = prefix
        self.robot = Element("robot", name=f"human_{body_id}")
        material = SubElement(self.robot, "material", name="human")
        SubElement(material, "color", rgba=_COLOR)
        self._link("body")
        self._torso(lengths)
        for side, (_, sign) in SIDES.items():
            self._arm(side, sign, lengths)
            self._leg(side, sign, lengths)

    def _torso(self, lengths: BodyLengths) -> None:
        self._turning("waist", "body", (0, 0, 0), (0, 1, 0))
        torso = self._fixed("torso", "waist", (0, 0, lengths.torso))
        self._limb(torso, lengths.torso)
        self._turning("r_head", "torso", (0, 0, lengths.neck), (1, 0, 0))
        self._turning("y_head", "r_head", (0, 0, 0), (0, 0, 1))
        self._turning("p_head", "y_head", (0, 0, 0), (0, -1, 0))
        head = self._fixed("head", "p_head", (lengths.head / 2, 0, lengths.head))
        shape = self._visual(head, (-lengths.head / 2, 0, 0))
        SubElement(shape, "sphere", radius=_number(lengths.head))

    def _arm(self, side: str, sign: int, lengths: BodyLengths) -> None:
        at = (0, sign * lengths.shoulder, 0)
        self._turning(f"{side}_y_shoulder", "torso", at, (0, 0, -sign))
        self._turning(f"{side}_p_shoulder", f"{side}_y_shoulder", (0, 0, 0), (sign, 0, 0))
        upper = self._turning(
            f"{side}_r_shoulder", f"{side}_p_shoulder", (0, 0, 0), (0, 0, sign), f"{side}_shoulder"
        )
        self._limb(upper, lengths.upper_arm)
        elbow = (0, 0, -lengths.upper_arm)
        lower = self._turning(f"{side}_elbow", f"{side}_shoulder", elbow, (0, -1, 0))
        self._limb(lower, lengths.forearm)
        self._fixed(f"{side}_wrist", f"{side}_elbow", (0, 0, -lengths.forearm))

    def _leg(self, side: str, sign: int, lengths: BodyLengths) -> None:
        at = (0, sign * lengths.hips / 2, 0)
        self._turning(f"{side}_y_hip", "body", at, (0, 0, -1))
        self._turning(f"{side}_p_hip", f"{side}_y_hip", (0, 0, 0), (sign, 0, 0))
        upper = self._turning(
            f"{side}_r_hip", f"{side}_p_hip", (0, 0, 0), (0, -1, 0), f"{side}_hip"
        )
        self._limb(upper, lengths.thigh)
        knee = (0, 0, -lengths.thigh)
        lower = self._turning(f"{side}_knee", f"{side}_hip", knee, (0, -1, 0))
        self._limb(lower, lengths.shank)
        self._fixed(f"{side}_ankle", f"{side}_knee", (0, 0, -lengths.shank))

    def _link(self, name: str) -> Element:
        return SubElement(self.robot, "link", name=f"{self._prefix}{name}_{self._id}")

    def _turning(
        self, name: str, parent: str, at: _Vector, axis: _Vector, child: str = ""
    ) -> Element:
        """Link behind a revolute joint, which has the same name unless child says another."""
        link = self._link(child or name)
        joint = self._joint(name, "revolute", parent, child or name, at)
        SubElement(joint, "axis", xyz=_numbers(axis))
        lower, upper = _number(-math.pi), _number(math.pi)
        SubElement(joint, "limit", lower=lower, upper=upper, effort=_EFFORT, velocity=_VELOCITY)
        return link

    def _fixed(self, name: str, parent: str, at: _Vector) -> Element:
        link = self._link(name)
        self._joint(name, "fixed", parent, name, at)
        return link

    def _joint(self, name: str, kind: str, parent: str, child: str, at: _Vector) -> Element:
        joint = SubElement(self.robot, "joint", name=f"{name}_{self._id}", type=kind)
        SubElement(joint, "parent", link=f"{self._prefix}{parent}_{self._id}")
        SubElement(joint, "child", link=f"{self._prefix}{child}_{self._id}")
        SubElement(joint, "origin", xyz=_numbers(at), rpy="0 0 0")
        return joint

    def _limb(self, link: Element, length: float) -> None:
        """What is seen of a link that hangs down from its origin."""
        shape = self._visual(link, (0, 0, -length / 2))
        SubElement(shape, "cylinder", length=_number(length), radius=_number(_RADIUS))

    def _visual(self, link: Element, at: _Vector) -> Element:
        visual = SubElement(link, "visual")
        SubElement(visual, "origin", xyz=_numbers(at), rpy="0 0 0")
        SubElement(visual, "material", name="human")
        return SubElement(visual, "geometry")


def _number(value: float) -> str:
    return f"{value:.4f}"


def _numbers(values: Iterable[float]) -> str:
    texts: List[str] = [_number(value) for value in values]
    return " ".join(texts)
