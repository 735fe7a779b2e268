"""Model file -> backend that runs it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, Callable, Optional, Union

from lightweight_openpose.files import cache_dir
from lightweight_openpose.poses.skeleton import Skeleton
from lightweight_openpose.zoo.model_info import ModelInfo

from .choice import choices, others
from .contract import BackendError, BadModel, Unreadable, reason_in
from .first_answer import BOUNDED, NoAnswer, in_time
from .layout import CLOSEUP, HEATMAPS, MAPS
from .precision import AS_MADE, FIXED, NoPrecision, Precision


def create_backend(
    path: Union[str, Path],
    skeleton: Optional[Skeleton] = None,
    backend: str = "auto",
    device: str = "auto",
    threads: int = 0,
    notify: Callable[[str], object] = warnings.warn,
    precision: Precision = Precision(),
) -> Any:
    """Backend for a model file. Raises BackendError, BadModel or BadCheckpoint (a ValueError).

    skeleton: of the maps; by default that in the file, else coco18. A checkpoint runs in OpenVINO
    or onnxruntime through an ONNX file that is made once and kept in the user's cache. Where "auto"
    stands for a runtime that cannot open the file, the next one that is installed is tried.
    notify(text): called where that one runs it, and with what else the user should know.
    precision: to compute in; by default bf16 is not taken.
    """
    path = Path(path)
    if not path.is_file():
        raise BadModel(f"no model file at {path}")
    if path.stat().st_size == 0:
        raise BadModel(f"model file {path} is empty; fetch or copy it again")
    names = choices(path.suffix, backend)
    if path.suffix == ".xml" and not _is_xml(path):
        raise BadModel(f"model file {path} is no XML; fetch or copy it again")
    if device.lower() not in ("auto", "cpu"):
        names = names[:1]  # the device is that runtime's
    fault = None
    for name in names:
        try:
            runner = _open(path, skeleton, name, device, threads, precision)
        except NoAnswer:  # what did not end goes on, beside all that would be tried now
            raise
        except (Unreadable, BackendError) as error:
            fault = fault or error
            continue
        if fault is not None:
            notify(f"{fault}; {name} runs it instead")
        for notice in getattr(runner, "notices", ()):
            notify(notice)
        return runner
    alone = len(names) == 1 and not isinstance(fault, NoPrecision)
    remedy = others(path.suffix, names[0]) if alone else ""
    assert fault is not None  # there is a name at least, and none of them opened the file
    raise type(fault)(f"{fault}{remedy}") from None


def _open(
    path: Path,
    skeleton: Optional[Skeleton],
    name: str,
    device: str,
    threads: int,
    precision: Precision,
) -> Any:
    """A model file in the backend of this name."""
    try:
        if name in FIXED:
            precision.chosen(FIXED[name], AS_MADE, name)
        if path.suffix == ".pth" and name != "tensorrt":
            return _open_checkpoint(path, skeleton, name, device, threads, precision)
        return _open_file(path, skeleton, name, device, threads, precision)
    except ImportError as error:
        raise BackendError(
            f"backend {name} cannot be imported ({reason_in(error)}): install its package anew"
        ) from None
    except (OSError, BackendError):
        raise
    except Exception as error:  # of a runtime, whose exceptions may be of any class
        if isinstance(error, ValueError) and not isinstance(error, UnicodeError):
            raise  # of this package
        raise Unreadable(f"{name} cannot open {path}: {reason_in(error)}") from None


def _open_checkpoint(
    path: Path,
    skeleton: Optional[Skeleton],
    name: str,
    device: str,
    threads: int,
    precision: Precision,
) -> Any:
    from lightweight_openpose.networks import CLOSEUPS
    from lightweight_openpose.networks.checkpoint import info_of, load_network
    from lightweight_openpose.networks.openpose_hand import OpenPoseHand

    network, found = load_network(path, skeleton)
    info = info_of(network, found)
    if name == "torch":
        from .torch_backend import TorchBackend

        layouts = {OpenPoseHand: HEATMAPS, **dict.fromkeys(CLOSEUPS.values(), CLOSEUP)}
        layout = layouts.get(type(network), MAPS)
        return TorchBackend(network, device, threads, info, layout, precision)
    onnx = _as_onnx(path, network, found)
    return _open_file(onnx, found, name, device, threads, precision, info)


def _open_file(
    path: Path,
    skeleton: Optional[Skeleton],
    name: str,
    device: str,
    threads: int,
    precision: Precision,
    info: Optional[ModelInfo] = None,
) -> Any:
    """info: what is known of the file elsewhere. Raises NoAnswer where that takes for ever."""
    arguments = (path, skeleton, name, device, threads, info, precision)
    if name not in BOUNDED:
        return _open_here(*arguments)
    if device == "auto" and not _compiles(name):
        return in_time("cpu", f"{name}, which opens {path},", _open_here, *arguments)
    return in_time(device, f"{name}, which opens {path},", _open_here, *arguments)


def _compiles(name: str) -> bool:
    """Whether "auto" may stand for a device that compiles networks."""
    if name != "onnxruntime":
        return False
    import onnxruntime

    return "CUDAExecutionProvider" in onnxruntime.get_available_providers()


def _open_here(
    path: Path,
    skeleton: Optional[Skeleton],
    name: str,
    device: str,
    threads: int,
    info: Optional[ModelInfo],
    precision: Precision,
) -> Any:
    if name == "openvino":
        from .openvino_backend import OpenVinoBackend
        from .task_file import unpacked
        from .tflite_file import check_tflite

        path = unpacked(path) if path.suffix == ".task" else path
        if path.suffix == ".tflite":
            check_tflite(path)
        cache = _compiled_cache()
        return OpenVinoBackend(path, skeleton, device, threads, cache, info, precision)
    if name == "onnxruntime":
        from .onnxruntime_backend import OnnxRuntimeBackend

        return OnnxRuntimeBackend(path, skeleton, device, threads, info)
    if name == "opencv":
        from .opencv_backend import OpenCvBackend

        return OpenCvBackend(path, skeleton, device, threads)
    if name == "ascend":
        from .ascend_backend import AscendBackend

        return AscendBackend(path, skeleton, device)
    if name == "tensorrt":
        from .tensorrt_backend import TensorRtBackend

        return TensorRtBackend(path, skeleton, device)
    from .torch_backend import load_torchscript

    return load_torchscript(path, skeleton, device, threads, precision)


def _compiled_cache() -> Optional[Path]:
    """Folder for compiled models; None where none can be made: they only make starts faster."""
    folder = cache_dir() / "openvino"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder


def _is_xml(path: Path) -> bool:
    with open(str(path), "rb") as stream:
        return stream.read(64).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")


def _as_onnx(checkpoint: Path, network: Any, skeleton: Skeleton) -> Path:
    from lightweight_openpose.files import sha256_of
    from lightweight_openpose.networks.onnx_format import export_onnx

    target = (
        cache_dir()
        / "onnx"
        / f"{checkpoint.stem}-{skeleton.name}-{sha256_of(checkpoint)[:16]}.onnx"
    )
    return target if target.is_file() else export_onnx(network, skeleton, target, describe=False)
