"""The people found in one image."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    Iterable,
    List,
    Optional,
    Sequence,
    Tuple,
    Union,
    overload,
)

import numpy as np

from lightweight_openpose.files import install_command, replacing
from lightweight_openpose.video import IMAGE_SUFFIXES, Given, as_image, write_image

from .coco_results import to_coco
from .columns import joint_columns, joint_values
from .pose import Pose
from .pose_lines import FAULTS, frame_from_dict, head_to_dict, image_to_dict
from .skeleton import COCO17_KEYPOINTS, COCO18, Skeleton
from .skeleton_file import find_skeleton

if TYPE_CHECKING:
    from lightweight_openpose.geometry import Camera, Orientation


@dataclass(frozen=True, eq=False, repr=False)
class People(Sequence[Pose]):
    """The N people found in one image, best first: an immutable sequence of Pose.

    Raises ValueError where a pose has not one keypoint for each of the skeleton, and for heads that
    are not one for each pose.
    """

    poses: Tuple[Pose, ...]
    image_size: Tuple[int, int]  # width, height of the image [px], in which the poses are
    skeleton: Skeleton = COCO18  # names and limbs of their K keypoints
    stamp: Optional[float] = None  # [s] of a frame, None of a photo
    model: str = ""  # name of the network in models.yaml, "" where it has none
    file: str = ""  # the picture or video that the image is from, "" where it is from none
    # For each pose where its head (or object) points, None where that is not known; () where
    # nobody has asked. In the optical frame of the camera.
    heads: Tuple[Optional[Orientation], ...] = ()
    camera: Optional[Camera] = None  # of the heads

    def __post_init__(self) -> None:
        object.__setattr__(self, "poses", tuple(self.poses))
        object.__setattr__(self, "heads", tuple(self.heads))
        for pose in self.poses:
            if len(pose.keypoints) != self.skeleton.num_keypoints:
                raise ValueError(
                    f"a pose of {len(pose.keypoints)} keypoints, but skeleton "
                    f"{self.skeleton.name} has {self.skeleton.num_keypoints}"
                )
        if self.heads and len(self.heads) != len(self.poses):
            raise ValueError(f"{len(self.heads)} heads for {len(self.poses)} people")

    def __len__(self) -> int:
        return len(self.poses)

    @overload
    def __getitem__(self, index: int) -> Pose: ...

    @overload
    def __getitem__(self, index: slice) -> People: ...

    def __getitem__(self, index: Union[int, slice]) -> Union[Pose, People]:
        """One pose, or of a slice the People in it."""
        if isinstance(index, slice):
            return self._chosen(range(len(self))[index])
        return self.poses[index]

    def __eq__(self, other: object) -> bool:
        """Whether these are the same poses in the same order, also as those of a list."""
        if not isinstance(other, (People, list, tuple)):
            return NotImplemented
        return list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as a list

    def __repr__(self) -> str:
        width, height = self.image_size
        parts = [f"{len(self)} in {width}x{height} px", self.skeleton.name]
        if self.stamp is not None:
            parts.append(f"{self.stamp:.3f} s")
        if self.file:
            parts.append(repr(self.file))
        return f"People({', '.join(parts)})"

    @property
    def keypoints(self) -> np.ndarray:
        """(N, K, 3) float32: x [px], y [px] and score [0, 1]; [NaN, NaN, 0] where not found."""
        if not self.poses:
            return np.zeros((0, self.skeleton.num_keypoints, 3), np.float32)
        return np.stack([pose.keypoints for pose in self.poses]).astype(np.float32, copy=False)

    @property
    def scores(self) -> np.ndarray:
        """(N,) float32 in [0, 1]."""
        return np.array([pose.score for pose in self.poses], np.float32)

    @property
    def boxes(self) -> np.ndarray:
        """(N, 4) float32 [px] as xyxy: left, top, right and bottom joint; NaN without any joint.

        The box of a Pose, `bbox`, is x, y, width, height.
        """
        boxes = np.array([pose.bbox for pose in self.poses], np.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        return boxes

    @property
    def track_ids(self) -> np.ndarray:
        """(N,) int64, -1 for who has no id."""
        return np.array([pose.track_id for pose in self.poses], np.int64)

    def filter(self, min_score: float) -> People:
        """The people whose score is min_score [0, 1] or more."""
        return self._chosen([i for i, pose in enumerate(self.poses) if pose.score >= min_score])

    def with_poses(self, poses: Iterable[Pose], skeleton: Optional[Skeleton] = None) -> People:
        """Other poses of the same image, without heads; skeleton: of them, None: as before."""
        skeleton = skeleton or self.skeleton
        return replace(self, poses=tuple(poses), skeleton=skeleton, heads=(), camera=None)

    def with_heads(self, heads: Iterable[Optional[Orientation]], camera: Camera) -> People:
        """The same people with where their heads point, as PoseEstimator.heads answers."""
        return replace(self, heads=tuple(heads), camera=camera)

    def _chosen(self, indices: Sequence[int]) -> People:
        heads = tuple(self.heads[i] for i in indices) if self.heads else ()
        return replace(self, poses=tuple(self.poses[i] for i in indices), heads=heads)

    def to_dict(self) -> Dict[str, Any]:
        """What `pose image` and `pose video` write of an image, ready for JSON.

        file and time [s] (where they are known), width, height, skeleton, model and poses, each
        with track_id, score, bbox (x, y, width, height) and keypoints, null for one that was not
        found. Where heads were asked for also assumed_fov [rad] of a camera that is not calibrated,
        and head of each pose, null where it is not known. Numbers are rounded: px to 3 digits.
        """
        names = self.skeleton.name, self.model, Path(self.file).name if self.file else ""
        document = image_to_dict(self.poses, *self.image_size, *names, self.stamp)
        if self.camera is not None:
            if self.camera.assumed:
                fov = self.camera.horizontal_fov(self.image_size[0])
                document["assumed_fov"] = round(fov, 6)
            for pose, head in zip(document["poses"], self.heads):
                pose["head"] = None if head is None else head_to_dict(head)
        return document

    @classmethod
    def from_dict(cls, fields: Dict[str, Any], skeleton: Optional[Skeleton] = None) -> People:
        """The inverse of to_dict() but for its rounding; heads are left out.

        Also of the JSON of `pose image`, and of a line of `pose video`. skeleton: None: the one of
        the name that is there, which find_skeleton() has to know. Raises ValueError.
        """
        try:
            frame = frame_from_dict({"frame": 0, "time": 0, **fields})
            file = frame.file or str(fields.get("image", ""))
            found = skeleton or find_skeleton(frame.skeleton)
            stamp = frame.time if "time" in fields else None
            size = frame.width, frame.height
            return cls(tuple(frame.poses), size, found, stamp, frame.model, file)
        except FAULTS as error:
            what = (
                str(error) if isinstance(error, ValueError) else f"{type(error).__name__} {error}"
            )
            raise ValueError(f"not the JSON of an image with people: {what}") from None

    def to_coco(self, image_id: Union[int, str], category_id: int = 1) -> List[Dict[str, Any]]:
        """COCO's results of this image, as pycocotools' loadRes takes them, for a list of all.

        With COCO's 17 keypoints where the skeleton has them, else with its own, in its order; one
        that was not found is 0, 0, 0. Who has no joint is left out.
        """
        names = self.skeleton.keypoints
        if set(COCO17_KEYPOINTS) <= set(names):
            names = COCO17_KEYPOINTS
        return to_coco(self.poses, image_id, self.skeleton, names, category_id)

    def to_supervision(self) -> Any:
        """supervision.KeyPoints of the people, for its annotators, zones and filters.

        A joint that was not found is NaN and not `visible`; class_id is 0, and data["track_id"] has
        the ids. supervision knows no limbs of 18 joints and draws none unless it is given them,
        counted from 1: EdgeAnnotator(edges=people.skeleton.edges). Raises ImportError without the
        package supervision.
        """
        try:
            from supervision import KeyPoints
        except ImportError as error:
            raise _missing("supervision", "supervision>=0.31", error) from None
        keypoints = self.keypoints
        return KeyPoints(
            xy=keypoints[:, :, :2],
            class_id=np.zeros(len(self), int),
            keypoint_confidence=keypoints[:, :, 2],
            detection_confidence=self.scores,
            visible=keypoints[:, :, 2] > 0,
            data={"track_id": self.track_ids},
        )

    def to_pandas(self) -> Any:
        """pandas.DataFrame with a row per person.

        Columns: file, time [s], track_id, score, then x and y [px] and score of each joint, NaN,
        NaN and 0 where it was not found, and of those of both hands and the face, all NaN where
        these were not looked for. Raises ImportError without the package pandas.
        """
        try:
            from pandas import DataFrame, concat
        except ImportError as error:
            raise _missing("pandas", "pandas", error) from None
        joints = joint_columns(self.skeleton)
        values = np.array([joint_values(pose, self.skeleton) for pose in self.poses])
        person = {
            "file": [self.file] * len(self),
            "time": np.full(len(self), np.nan if self.stamp is None else self.stamp),
            "track_id": self.track_ids,
            "score": self.scores.astype(float),
        }
        table = DataFrame(values.reshape(len(self), len(joints)), columns=joints)
        return concat([DataFrame(person), table], axis=1)

    def draw(self, image: Given) -> np.ndarray:
        """The image (H, W, 3) uint8 BGR with the people, and their heads where these are known.

        image: that in which they were found, which stays as it is: BGR (H, W, 3) uint8, a path or
        an image of Pillow. Raises ValueError for one of another size, and what as_image() does.
        """
        import lightweight_openpose

        drawn = as_image(image).copy()
        height, width = drawn.shape[:2]
        if (width, height) != tuple(self.image_size):
            size = "{}x{}".format(*self.image_size)
            raise ValueError(f"the people are of an image of {size} px, not {width}x{height} px")
        lightweight_openpose.draw_poses(drawn, self)
        return drawn

    def save(self, path: Union[str, Path], image: Optional[Given] = None) -> None:
        """Write a file, whole or not at all: .json with to_dict(), or a picture with draw().

        image: what to draw on; None: the file that the people were found in. Raises ValueError for
        another suffix and where there is no image to draw on, and OSError.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        if suffix == ".json":
            with replacing(path) as partial:
                partial.write_text(json.dumps(self.to_dict()) + "\n")
        elif suffix in IMAGE_SUFFIXES:
            write_image(path, self.draw(self._own_image() if image is None else image))
        else:
            raise ValueError(f"{path}: give a name that ends in .json, or in that of a picture")

    def _own_image(self) -> np.ndarray:
        if not self.file:
            raise ValueError("the people are not from a file: give the image to draw on")
        try:
            return as_image(self.file)
        except (OSError, ValueError) as error:
            raise ValueError(f"{error}: give the image to draw on") from None


def _missing(name: str, requirement: str, error: ImportError) -> ImportError:
    command = install_command(f"'{requirement}'")
    return ImportError(f"this needs the Python package {name}: {command} ({error})")
