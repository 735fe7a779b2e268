"""A trained network to the files of a model.

A robot's models/ folder holds an FP16 checkpoint, INT8 IR and INT8 ONNX.
"""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional, Tuple, Union

import yaml

from lightweight_openpose.files import sha256_of, spare
from lightweight_openpose.networks.checkpoint import (
    info_of,
    load_network,
    read_checkpoint,
    write_checkpoint,
)
from lightweight_openpose.poses import Skeleton, skeleton_to_dict
from lightweight_openpose.zoo.model_info import ModelInfo

from .exporter import Export, export
from .quantisation_inputs import quantisation_inputs
from .quantise import need_nncf

EXACT_ONNX = ("face_32",)  # skeletons


def pack(
    checkpoint: Union[str, Path],
    folder: Union[str, Path],
    name: str,
    calibrate: Union[str, Path],
    skeleton: Optional[Skeleton] = None,
) -> Tuple[List[str], str]:
    """Write NAME.pth, NAME-int8.xml, NAME-int8.bin and NAME-int8.onnx (or NAME.onnx) into a folder.

    Gives lines to show, and the text of the entry for models.yaml. calibrate: folder of images like
    those of the robot's camera. Raises ValueError, RuntimeError or OSError.
    """
    folder = Path(folder)
    if Path(checkpoint).suffix != ".pth":
        raise ValueError(f"{checkpoint} is no checkpoint (.pth); only those can be packed")
    network, skeleton = load_network(checkpoint, skeleton)
    # What is missing is reported before anything is written.
    next(quantisation_inputs(calibrate, info_of(network, skeleton), 256))
    need_nncf()
    half = folder / f"{name}.pth"
    spare(half, [checkpoint])
    write_checkpoint(half, _halved(read_checkpoint(checkpoint), skeleton))
    lines = [f"{half}: checkpoint, fp16, {half.stat().st_size / 1e6:.1f} MB"]
    info = info_of(network, skeleton)
    names = file_names(name, info)
    for to, file in (("openvino", names[0]), ("onnx", names[2])):
        precision = "int8" if "-int8" in file else "fp32"
        wanted = Export(to, precision, dynamic=True, calibrate=str(calibrate))
        lines += export(half, folder / file, wanted, skeleton)
    return lines, entry_text(folder, name, info)


def _halved(content: dict, skeleton: Skeleton) -> dict:
    """Only what running, exporting and further training need."""
    state = {k: v.half() if v.is_floating_point() else v for k, v in content["state_dict"].items()}
    kept = {k: content[k] for k in ("architecture", "samples") if k in content}
    return {"state_dict": state, "skeleton": skeleton_to_dict(skeleton), **kept}


def file_names(name: str, info: ModelInfo) -> List[str]:
    """IR, its weights, ONNX and checkpoint of a model.

    The ONNX file of a face stays FP32: it is small, and INT8 costs it a degree there.
    """
    onnx = f"{name}.onnx" if info.skeleton.name in EXACT_ONNX else f"{name}-int8.onnx"
    return [f"{name}-int8.xml", f"{name}-int8.bin", onnx, f"{name}.pth"]


def entry_text(folder: Path, name: str, info: ModelInfo) -> str:
    """Text of the entry for config/models.yaml, with size and SHA-256 of each file in folder."""
    files = file_names(name, info)
    entry = {
        "file": files[0],
        "instead": files[2:],
        "files": {
            f: {"size": (folder / f).stat().st_size, "sha256": sha256_of(folder / f)} for f in files
        },
        "skeleton": info.skeleton.name,
        **{k: v for k, v in info.spec.to_dict().items() if v is not None},
        "stride": info.stride,
    }
    return yaml.safe_dump({name: entry}, sort_keys=False)
