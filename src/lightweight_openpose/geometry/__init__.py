"""Pixels, rays and metres: cameras, heads, rigid objects and bodies."""

from .body import Motion, body_position, torso_rotation
from .camera import ASSUMED_FOV, AXES, Camera, flaw_of, head_axes
from .head_tracker import HeadTracker
from .lifting import Around, guess_distance, lift_by, lift_flat, windows
from .orientation import Orientation, angles_of, rotation_from_angles
from .person_3d import Person3D
from .rigid_transform import RigidTransform

__all__ = [
    "ASSUMED_FOV",
    "AXES",
    "Around",
    "Camera",
    "HeadTracker",
    "Motion",
    "Orientation",
    "Person3D",
    "RigidTransform",
    "angles_of",
    "body_position",
    "flaw_of",
    "guess_distance",
    "head_axes",
    "lift_by",
    "lift_flat",
    "rotation_from_angles",
    "torso_rotation",
    "windows",
]
