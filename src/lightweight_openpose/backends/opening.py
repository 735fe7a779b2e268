"""Model file -> backend that runs it."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Dict, Optional, Union

from lightweight_openpose.files import cache_dir
from lightweight_openpose.poses import Skeleton

from .choice import choices, others
from .contract import Backend, BackendError, BadModel, Unreadable, reason_in
from .first_answer import NoAnswer, in_time
from .layout import CLOSEUP, HEATMAPS, MAPS, Layout
from .precision import AS_MADE, NoPrecision, Precision
from .runtimes import CHECKPOINT, RUNTIMES, Runtime, Wanted


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
    wanted = Wanted(skeleton, device, threads, precision)
    fault = None
    for name in names:
        try:
            runner = _open(path, RUNTIMES[name], wanted)
        except NoAnswer:  # what did not end goes on while others would be tried
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


def _open(path: Path, runtime: Runtime, wanted: Wanted) -> Backend:
    """A model file in a runtime."""
    try:
        if runtime.fixed:
            wanted.precision.chosen(tuple(runtime.computes), AS_MADE, runtime.name)
        if path.suffix == CHECKPOINT and CHECKPOINT not in runtime.suffixes:
            return _open_checkpoint(path, runtime, wanted)
        return _open_file(path, runtime, wanted)
    except ImportError as error:
        raise BackendError(
            f"backend {runtime.name} cannot be imported ({reason_in(error)}): install its package "
            "again"
        ) from None
    except (OSError, BackendError):
        raise
    except Exception as error:  # of a runtime, whose exceptions may be of any class
        if isinstance(error, ValueError) and not isinstance(error, UnicodeError):
            raise  # of this package
        raise Unreadable(f"{runtime.name} cannot open {path}: {reason_in(error)}") from None


def _open_checkpoint(path: Path, runtime: Runtime, wanted: Wanted) -> Backend:
    from lightweight_openpose.networks import CLOSEUPS
    from lightweight_openpose.networks.checkpoint import info_of, load_network
    from lightweight_openpose.networks.openpose_hand import OpenPoseHand

    network, found = load_network(path, wanted.skeleton)
    wanted = replace(wanted, skeleton=found, info=info_of(network, found))
    if runtime.run_network:
        layouts: Dict[type, Layout] = dict.fromkeys(CLOSEUPS.values(), CLOSEUP)
        layouts[OpenPoseHand] = HEATMAPS
        return runtime.run_network(network, layouts.get(type(network), MAPS), wanted)
    return _open_file(_as_onnx(path, network, found), runtime, wanted)


def _open_file(path: Path, runtime: Runtime, wanted: Wanted) -> Backend:
    """Raises NoAnswer where that takes for ever."""
    if not runtime.any_graph:
        return runtime.open(path, wanted)
    device = wanted.device
    if device == "auto" and not runtime.compiles():
        device = "cpu"
    return in_time(device, f"{runtime.name}, which opens {path},", runtime.open, path, wanted)


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
