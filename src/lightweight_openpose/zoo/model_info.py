"""What a model file says of itself: skeleton, input and stride, so that the file alone is enough to run it."""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Optional, Tuple

from lightweight_openpose.poses.skeleton import COCO18, Skeleton
from lightweight_openpose.poses.skeleton_file import skeleton_from_dict, skeleton_to_dict

KEY = "lightweight_openpose"  # name of the entry in ONNX metadata, OpenVINO's rt_info and TorchScript's extra files


@dataclass(frozen=True)
class InputSpec:
    """What a network expects.

    multiple: height and width must be multiples of this [px].
    mean, scale: the network sees (pixel - mean) * scale of a BGR (or, with rgb, RGB) image in 0..255.
    fixed_size: (height, width) when the network takes one size only, else None.
    """

    multiple: int = 8
    mean: Tuple[float, float, float] = (128.0, 128.0, 128.0)
    scale: float = 1 / 256
    rgb: bool = False
    fixed_size: Optional[Tuple[int, int]] = None


@dataclass(frozen=True)
class ModelInfo:
    """stride: px of the network's input per cell of the maps."""

    skeleton: Skeleton = COCO18
    spec: InputSpec = field(default_factory=InputSpec)
    stride: int = 8

    def to_json(self) -> str:
        spec = self.spec
        return json.dumps({"skeleton": skeleton_to_dict(self.skeleton), "mean": list(spec.mean), "scale": spec.scale,
                           "order": "rgb" if spec.rgb else "bgr", "multiple": spec.multiple,
                           "fixed_size": list(spec.fixed_size) if spec.fixed_size else None, "stride": self.stride})

    @classmethod
    def from_json(cls, text: Optional[str], source) -> Optional["ModelInfo"]:
        """None where the file says nothing. Raises ValueError when what it says cannot be read."""
        if not text:
            return None
        try:
            fields = json.loads(text)
            size = fields.get("fixed_size")
            spec = InputSpec(int(fields["multiple"]), tuple(map(float, fields["mean"])), float(fields["scale"]),
                             fields["order"] == "rgb", tuple(size) if size else None)
            return cls(skeleton_from_dict(fields["skeleton"], str(source)), spec, int(fields["stride"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"the description inside {source} cannot be read: {type(error).__name__} {error}") from None
