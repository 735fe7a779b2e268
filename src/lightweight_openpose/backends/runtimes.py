"""The runtimes that run a network: one entry each, from which everything else is derived.

Choice of a runtime, help of the command line, `pose check`, `pose benchmark`, deadlines and errors
read the entries. An entry imports its runtime only when one of its functions is called.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Tuple

from lightweight_openpose.files import cache_dir, install_command

from .contract import Backend

if TYPE_CHECKING:
    from lightweight_openpose.poses import Skeleton
    from lightweight_openpose.zoo.model_info import ModelInfo

    from .layout import Layout
    from .precision import Precision

CHECKPOINT = ".pth"


@dataclass(frozen=True)
class Wanted:
    """What a backend is asked for in addition to its file."""

    skeleton: Optional[Skeleton]  # of the maps; None: that in the file, else coco18
    device: str  # "auto", or a name of the runtime's
    threads: int  # 0: all cores
    precision: Precision
    info: Optional[ModelInfo] = None  # what is known of the file elsewhere


def _nothing(path: Path) -> None:
    """A file of the right suffix is not looked into."""


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Runtime:
    """One runtime, by what the package needs to know of it."""

    name: str  # for ~backend and --backend
    package: str  # that it needs, as Python imports it
    suffixes: Tuple[str, ...]  # of the files that `open` takes
    open: Callable[
        [Path, Wanted], Backend
    ]  # raises BackendError, BadModel or what the runtime does
    devices: Callable[[], List[str]]  # names that --device takes, but for auto
    computes: Mapping[str, str]  # precision that may be asked for -> where it is to be had
    fixed: bool = True  # it computes as its file says, so that `open` need not choose a precision
    virtual_devices: Tuple[str, ...] = ()  # taken in addition to `devices`, alone or before a colon
    needs: Tuple[str, ...] = ()  # names of other runtimes without which it does not run
    any_graph: bool = True  # runs graphs of any maker, which may never end: a call has a deadline
    alternative: bool = False  # advised where another runtime cannot open a file
    compiles: Callable[[], bool] = _never  # whether device "auto" may take long to open a file
    check: Callable[[Path], None] = _nothing  # raises BadModel for a file that is not its own
    # Takes a network of PyTorch, with what is known of it, in the place of a file.
    run_network: Optional[Callable[[Any, Layout, Wanted], Backend]] = None
    install: str = ""  # remedy where the package is missing; "": pip
    maker: str = ""  # command that makes a file for it

    @property
    def remedy(self) -> str:
        """What to type to have its package."""
        return self.install or install_command(self.package)

    def reads(self, suffix: str) -> bool:
        """Whether it runs files with this suffix; checkpoints also through ONNX."""
        if suffix == CHECKPOINT and (self.run_network or ".onnx" in self.suffixes):
            return True
        return suffix in self.suffixes


RUNTIMES: Dict[str, Runtime] = {}  # by name, those to prefer on a CPU first


def register(runtime: Runtime) -> None:
    """Add a runtime behind those that are known. Raises ValueError for a name that is taken."""
    if runtime.name in RUNTIMES or runtime.name == "auto":
        raise ValueError(f"there is a runtime {runtime.name} already")
    RUNTIMES[runtime.name] = runtime


def runtime_names() -> List[str]:
    """What ~backend and --backend take."""
    return ["auto", *RUNTIMES]


def suffixes() -> List[str]:
    """The suffixes of all files that some runtime reads, sorted."""
    return sorted({CHECKPOINT}.union(*(runtime.suffixes for runtime in RUNTIMES.values())))


def readers(suffix: str) -> List[Runtime]:
    """Runtimes that run files with this suffix, those to prefer first."""
    return [runtime for runtime in RUNTIMES.values() if runtime.reads(suffix)]


def runs_any_graph(name: str) -> bool:
    """Whether a call of a backend with this name may never end."""
    return name in RUNTIMES and RUNTIMES[name].any_graph


def _openvino(path: Path, wanted: Wanted) -> Backend:
    from .openvino_backend import OpenVinoBackend
    from .task_file import unpacked
    from .tflite_file import check_tflite

    path = unpacked(path) if path.suffix == ".task" else path
    if path.suffix == ".tflite":
        check_tflite(path)
    return OpenVinoBackend(
        path,
        wanted.skeleton,
        wanted.device,
        wanted.threads,
        _compiled_cache(),
        wanted.info,
        wanted.precision,
    )


def _compiled_cache() -> Optional[Path]:
    """Folder for compiled models; None where none can be made: they only make starts faster."""
    folder = cache_dir() / "openvino"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


def _openvino_devices() -> List[str]:
    import openvino

    return list(openvino.Core().available_devices)


def _onnxruntime(path: Path, wanted: Wanted) -> Backend:
    from .onnxruntime_backend import OnnxRuntimeBackend

    return OnnxRuntimeBackend(path, wanted.skeleton, wanted.device, wanted.threads, wanted.info)


def _onnxruntime_devices() -> List[str]:
    import onnxruntime

    return list(onnxruntime.get_available_providers())


def _onnxruntime_compiles() -> bool:
    return "CUDAExecutionProvider" in _onnxruntime_devices()


def _torchscript(path: Path, wanted: Wanted) -> Backend:
    from .torch_backend import load_torchscript

    return load_torchscript(path, wanted.skeleton, wanted.device, wanted.threads, wanted.precision)


def _torch_network(network: Any, layout: Layout, wanted: Wanted) -> Backend:
    from .torch_backend import TorchBackend

    assert wanted.info is not None  # known of every network
    arguments = (wanted.device, wanted.threads, wanted.info, layout, wanted.precision)
    return TorchBackend(network, *arguments)


def _cuda_devices() -> List[str]:
    import torch

    return [f"cuda:{i}" for i in range(torch.cuda.device_count())]


def _torch_devices() -> List[str]:
    return ["cpu", *_cuda_devices()]


def _tensorrt(path: Path, wanted: Wanted) -> Backend:
    from .tensorrt_backend import TensorRtBackend

    return TensorRtBackend(path, wanted.skeleton, wanted.device)


def _check_tensorrt(path: Path) -> None:
    if path.suffix == CHECKPOINT:  # torch2trt saves engines under the suffix of checkpoints
        from .torch2trt_file import read_torch2trt

        read_torch2trt(path)


def _opencv(path: Path, wanted: Wanted) -> Backend:
    from .opencv_backend import OpenCvBackend

    return OpenCvBackend(path, wanted.skeleton, wanted.device, wanted.threads)


def _opencv_devices() -> List[str]:
    return ["cpu"]


def _ascend(path: Path, wanted: Wanted) -> Backend:
    from .ascend_backend import AscendBackend

    return AscendBackend(path, wanted.skeleton, wanted.device)


def _ascend_devices() -> List[str]:
    import acl

    return [f"npu:{i}" for i in range(acl.rt.get_device_count()[0])]


_ON_CPU = "on a CPU"
_BF16_CPU = "on a CPU with AVX512_BF16 or AMX"

register(
    Runtime(
        name="openvino",
        package="openvino",
        suffixes=(".xml", ".onnx", ".pb", ".tflite", ".task"),
        open=_openvino,
        devices=_openvino_devices,
        virtual_devices=("AUTO", "MULTI", "HETERO", "BATCH"),  # made of the real ones
        computes={"f32": _ON_CPU, "bf16": _BF16_CPU, "f16": "on a GPU"},
        fixed=False,
        alternative=True,
    )
)
register(
    Runtime(
        name="onnxruntime",
        package="onnxruntime",
        suffixes=(".onnx",),
        open=_onnxruntime,
        devices=_onnxruntime_devices,
        computes={"f32": _ON_CPU},
        alternative=True,
        compiles=_onnxruntime_compiles,
    )
)
register(
    Runtime(
        name="torch",
        package="torch",
        suffixes=(".pt",),
        open=_torchscript,
        run_network=_torch_network,
        devices=_torch_devices,
        computes={"f32": _ON_CPU, "bf16": _BF16_CPU, "f16": "on a CUDA device"},
        fixed=False,
        any_graph=False,
    )
)
register(
    Runtime(
        name="tensorrt",
        package="tensorrt",
        suffixes=(".engine", ".trt", CHECKPOINT),
        open=_tensorrt,
        devices=_cuda_devices,
        computes={},
        needs=("torch",),
        any_graph=False,
        check=_check_tensorrt,
        maker="`pose export MODEL --to tensorrt` makes an .engine",
    )
)
register(
    Runtime(
        name="opencv",
        package="cv2",
        suffixes=(".caffemodel", ".pb"),
        open=_opencv,
        devices=_opencv_devices,
        computes={"f32": _ON_CPU},
    )
)
register(
    Runtime(
        name="ascend",
        package="acl",
        suffixes=(".om",),
        open=_ascend,
        devices=_ascend_devices,
        computes={},
        any_graph=False,
        install="it is part of Ascend's CANN toolkit; source the set_env.sh of the toolkit",
    )
)
