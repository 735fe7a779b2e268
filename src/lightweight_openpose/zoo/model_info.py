"""What a model file says of itself.

Skeleton, input and stride, so that the file alone is enough to run it.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any, Optional, Tuple

from lightweight_openpose.poses import COCO18, Skeleton, skeleton_from_dict, skeleton_to_dict

LARGEST_MULTIPLE = 1024  # px
LARGEST_SIZE = 8192  # px
LONGEST = 256 << 10  # characters of the description in a file
# Name of the entry in ONNX metadata, OpenVINO's rt_info and TorchScript's extra files.
KEY = "lightweight_openpose"


@dataclass(frozen=True)
class InputSpec:
    """What a network expects: (pixel - mean) * scale of an image in 0..255."""

    multiple: int = 8  # [px] height and width must be multiples of this
    mean: Tuple[float, float, float] = (128.0, 128.0, 128.0)  # per channel [0..255]
    scale: float = 1 / 256
    rgb: bool = False  # order of the channels, else BGR
    fixed_size: Optional[Tuple[int, int]] = None  # (height, width) [px] where it takes no other
    # For networks of others, whose files do not hold this description: the grey [0..255] around
    # the content where the input is larger, and whether the content lies in the middle.
    fill: int = 128
    centred: bool = False

    def __post_init__(self) -> None:
        _check_step("multiple", self.multiple)
        if len(self.mean) != 3 or not all(map(math.isfinite, self.mean)):
            raise ValueError(f"mean is {self.mean}; three numbers are needed")
        if not 0 < self.scale < math.inf:
            raise ValueError(f"scale is {self.scale}; a positive number is needed")
        size = self.fixed_size
        if size is not None and (
            len(size) != 2 or not all(_whole(v) and 1 <= v <= LARGEST_SIZE for v in size)
        ):
            raise ValueError(
                f"fixed_size is {size}; height and width in 1..{LARGEST_SIZE} px are needed"
            )

    def to_dict(self) -> dict:
        """JSON-ready fields, as in a model file."""
        return {
            "mean": list(self.mean),
            "scale": self.scale,
            "order": "rgb" if self.rgb else "bgr",
            "multiple": self.multiple,
            "fixed_size": list(self.fixed_size) if self.fixed_size else None,
        }

    @classmethod
    def from_dict(cls, fields: dict) -> InputSpec:
        """The spec in a model file or models.yaml. Raises KeyError, TypeError or ValueError."""
        size = fields.get("fixed_size")
        if fields["order"] not in ("rgb", "bgr"):
            raise ValueError(f"order is {fields['order']!r}; it is rgb or bgr")
        return cls(
            fields["multiple"],
            tuple(map(float, fields["mean"])),  # type: ignore[arg-type]
            float(fields["scale"]),
            fields["order"] == "rgb",
            tuple(size) if size else None,
        )


@dataclass(frozen=True)
class ModelInfo:
    """What a runtime must know of a model."""

    skeleton: Skeleton = COCO18
    spec: InputSpec = field(default_factory=InputSpec)
    stride: int = 8  # [px] of the network's input per cell of the maps

    def __post_init__(self) -> None:
        _check_step("stride", self.stride)

    def to_json(self) -> str:
        """Text for the entry KEY of a model file."""
        fields = {"skeleton": skeleton_to_dict(self.skeleton), **self.spec.to_dict()}
        return json.dumps({**fields, "stride": self.stride})

    @classmethod
    def from_json(cls, text: Optional[str], source: object) -> Optional["ModelInfo"]:
        """The description in the text of a file, None where it says nothing.

        source: the file, for messages. Raises ValueError when what it says cannot be read.
        """
        if not text:
            return None
        try:
            if len(text) > LONGEST:
                raise ValueError(f"it is longer than {LONGEST >> 10} KB")
            fields = json.loads(text)
            skeleton = skeleton_from_dict(fields["skeleton"], str(source))
            return cls(skeleton, InputSpec.from_dict(fields), fields["stride"])
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
            raise ValueError(
                f"the description inside {source} cannot be read: {type(error).__name__} {error}"
            ) from None


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_step(name: str, value: Any) -> None:
    """Raise ValueError unless it is a number of pixels."""
    if not _whole(value) or not 1 <= value <= LARGEST_MULTIPLE:
        raise ValueError(
            f"{name} is {value!r}; a whole number in 1..{LARGEST_MULTIPLE} px is needed"
        )
