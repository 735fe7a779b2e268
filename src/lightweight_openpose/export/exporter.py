"""One export from start to end: write the file, load it back, compare its maps with PyTorch's."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Iterable, List, Optional, Tuple, Union

import numpy as np

from lightweight_openpose.files import spare
from lightweight_openpose.networks.checkpoint import info_of, load_network
from lightweight_openpose.networks.onnx_format import export_onnx

from . import FORMATS, PRECISIONS
from .quantisation_inputs import quantisation_inputs

if TYPE_CHECKING:
    from torch import nn

    from lightweight_openpose.poses import Skeleton
    from lightweight_openpose.zoo.model_info import ModelInfo

SUFFIXES = {  # tensorrt: or .pth, as torch2trt saves it
    "onnx": ".onnx",
    "torchscript": ".pt",
    "openvino": ".xml",
    "tensorrt": ".engine",
    "ascend": ".onnx",
}
RTOL = 1e-3
ATOL = 1e-4


@dataclass(frozen=True)
class Export:
    """What to write."""

    to: str  # one of FORMATS
    precision: str = "fp32"  # one of PRECISIONS
    size: Tuple[int, int] = (256, 448)  # (height, width) [px] of the input
    dynamic: bool = False  # any other size as well
    opset: int = 13  # of ONNX
    calibrate: Optional[str] = None  # folder of images for int8

    def check(self, multiple: int) -> None:
        """Raise ValueError for what cannot be; height and width must be multiples of `multiple`."""
        if self.to not in FORMATS or self.precision not in PRECISIONS:
            raise ValueError(
                f"--to is one of {', '.join(FORMATS)}, --precision one of {', '.join(PRECISIONS)}"
            )
        limited = {"onnx": ("fp32", "int8"), "torchscript": ("fp32",), "ascend": ("fp32",)}
        possible = limited.get(self.to, PRECISIONS)
        if self.precision not in possible:
            raise ValueError(
                f"{self.to} is written as {' or '.join(possible)}, not {self.precision}"
                + ("; atc chooses the precision" if self.to == "ascend" else "")
            )
        if min(self.size) < multiple or any(n % multiple for n in self.size):
            raise ValueError(
                f"--input-size {self.size[0]}x{self.size[1]}: this network needs multiples of "
                f"{multiple} px"
            )
        if self.dynamic and self.to in ("tensorrt", "ascend"):
            raise ValueError(f"{self.to} takes one input size only: leave --dynamic out")
        if self.precision == "int8" and not self.calibrate:
            raise ValueError(
                "int8 needs --calibrate FOLDER with images like those of the robot's camera"
            )


def export(
    checkpoint: Union[str, Path],
    output: Union[str, Path],
    wanted: Export,
    skeleton: Optional[Skeleton] = None,
) -> List[str]:
    """Write `output`; lines to show the user. Raises ValueError, RuntimeError or BadCheckpoint."""
    network, skeleton = load_network(checkpoint, skeleton)
    info = info_of(network, skeleton)
    if info.spec.fixed_size:
        wanted = replace(wanted, size=info.spec.fixed_size, dynamic=False)
    wanted.check(info.spec.multiple)
    output = Path(output)
    suffixes = [SUFFIXES[wanted.to]] + ([".pth"] if wanted.to == "tensorrt" else [])
    if output.suffix not in suffixes:
        raise ValueError(
            f"--output {output}: a file for {wanted.to} ends in {' or '.join(suffixes)}"
        )
    spare(output, [checkpoint])
    inputs: Iterable[np.ndarray] = ()
    if wanted.precision == "int8":
        assert wanted.calibrate is not None  # as check() asks for
        inputs = quantisation_inputs(wanted.calibrate, info, wanted.size[0])
        if not wanted.dynamic:
            inputs = (fit(tensor, wanted.size) for tensor in inputs)
    size = None if wanted.dynamic else wanted.size
    with tempfile.TemporaryDirectory() as folder:
        if wanted.to == "torchscript":
            from .torchscript_format import export_torchscript

            export_torchscript(network, output, info)
        else:
            plain = wanted.to in ("onnx", "ascend") and wanted.precision == "fp32"
            onnx_path = output if plain else Path(folder) / "network.onnx"
            export_onnx(network, skeleton, onnx_path, wanted.opset, size, simplify=True)
            _from_onnx(wanted, onnx_path, output, info, inputs)
    lines = [
        f"{output}: {wanted.to}, {wanted.precision}, input "
        + (
            "of any size"
            if wanted.dynamic or wanted.to == "torchscript"
            else f"{wanted.size[0]}x{wanted.size[1]}"
        )
    ]
    if wanted.to == "ascend":
        return lines + [
            "On the machine with the Ascend toolkit run:",
            atc_command(output, wanted.size),
        ]
    return lines + [compare(network, output, wanted)]


def _from_onnx(
    wanted: Export, onnx_path: Path, output: Path, info: ModelInfo, inputs: Iterable[np.ndarray]
) -> None:
    if wanted.to == "openvino":
        from .openvino_format import export_openvino

        export_openvino(onnx_path, output, info, wanted.precision, inputs)
    elif wanted.to == "tensorrt":
        from .quantise import quantise_onnx
        from .tensorrt_format import export_tensorrt

        if wanted.precision == "int8":
            rounded = onnx_path.with_name("int8.onnx")
            onnx_path = quantise_onnx(onnx_path, rounded, info, inputs, signed=True)
        export_tensorrt(onnx_path, output, info, wanted.size, wanted.precision)
    elif wanted.precision == "int8":
        from .quantise import quantise_onnx

        quantise_onnx(onnx_path, output, info, inputs)


def fit(tensor: np.ndarray, size: Tuple[int, int]) -> np.ndarray:
    """(1, 3, h, w) cut, or filled with grey (0), to a size (height, width)."""
    fitted = np.zeros((1, 3, *size), np.float32)
    h, w = (min(a, b) for a, b in zip(tensor.shape[2:], size))
    fitted[:, :, :h, :w] = tensor[:, :, :h, :w]
    return fitted


def compare(network: nn.Module, path: Union[str, Path], wanted: Export) -> str:
    """Load the file back and compare its maps with PyTorch's on noise: a line to show.

    Raises RuntimeError when an exact format differs by more than RTOL and ATOL.
    """
    from lightweight_openpose.backends import create_backend
    from lightweight_openpose.backends.torch_backend import TorchBackend

    tensor = np.random.default_rng(0).uniform(-0.5, 0.5, (1, 3, *wanted.size)).astype(np.float32)
    reference = TorchBackend(network, "cpu")(tensor)
    # A .pth of torch2trt looks like a checkpoint.
    runtime = "tensorrt" if wanted.to == "tensorrt" else "auto"
    maps = create_backend(path, backend=runtime)(tensor)
    worst = max(float(np.abs(a - b).max()) for a, b in zip(maps, reference))
    if wanted.precision == "fp32" and not all(
        np.allclose(a, b, RTOL, ATOL) for a, b in zip(maps, reference)
    ):
        raise RuntimeError(
            f"{path} does not give the maps of the checkpoint: they differ by up to {worst:.2g}"
        )
    return f"loaded back: its maps differ from PyTorch's by {worst:.2g} at most"


def atc_command(path: Path, size: Tuple[int, int]) -> str:
    """The call of Ascend's compiler for an exported ONNX file."""
    return (
        f"atc --framework=5 --model={path} --output={path.with_suffix('')} --input_format=NCHW "
        f'--input_shape="image:1,3,{size[0]},{size[1]}" --soc_version=Ascend310P3'
    )
