"""Which runtime runs a model file."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import List

from lightweight_openpose.files import install_command
from lightweight_openpose.zoo.catalogue import check_file, search_folders
from lightweight_openpose.zoo.models_file import ModelEntry

from .contract import BackendError, BadModel

# Backend -> Python package that it needs, the fastest on a CPU first.
BACKENDS = {
    "openvino": "openvino",
    "onnxruntime": "onnxruntime",
    "torch": "torch",
    "tensorrt": "tensorrt",
    "opencv": "cv2",
    "ascend": "acl",
}
# Suffix -> backends that read such a file.
FORMATS = {
    ".xml": ("openvino",),
    ".onnx": ("openvino", "onnxruntime"),
    ".pth": ("torch", "openvino", "onnxruntime", "tensorrt"),
    ".pt": ("torch",),
    ".engine": ("tensorrt",),
    ".trt": ("tensorrt",),
    ".caffemodel": ("opencv",),
    ".pb": ("openvino", "opencv"),
    ".om": ("ascend",),
    ".tflite": ("openvino",),
    ".task": ("openvino",),
}


def installed(name: str) -> bool:
    """True where the package of a backend can be imported."""
    return importlib.util.find_spec(BACKENDS[name]) is not None


def reads(path: Path, name: str = "auto") -> bool:
    """True where choose(path.suffix, name) gives a backend that reads the file.

    Of .pth files TensorRT reads those of torch2trt, but no checkpoints.
    """
    try:
        choose(path.suffix, name)
        if name == "tensorrt" and path.suffix == ".pth":
            from .torch2trt_file import read_torch2trt

            read_torch2trt(path)
    except (BackendError, BadModel):
        return False
    return True


def choose(suffix: str, name: str = "auto") -> str:
    """Name of the backend to use for a model file with this suffix. Raises BackendError.

    "auto": torch for a checkpoint where there is a CUDA device, else the fastest on a CPU that is
    installed.
    """
    return choices(suffix, name)[0]


def choices(suffix: str, name: str = "auto") -> List[str]:
    """As choose(), and after it the others to try where that one cannot open the file."""
    if suffix not in FORMATS:
        raise BackendError(f"a model file ends in {', '.join(sorted(FORMATS))}, not '{suffix}'")
    if name != "auto":
        if name not in BACKENDS:
            raise BackendError(f"unknown backend '{name}'; known: auto, {', '.join(BACKENDS)}")
        if name not in FORMATS[suffix]:
            readers = " or ".join(FORMATS[suffix])
            remedy = "; `pose export MODEL --to tensorrt` makes an .engine"
            raise BackendError(
                f"backend {name} does not read {suffix} files; {readers} does"
                + (remedy if name == "tensorrt" else "")
            )
        needed = [name] + (["torch"] if suffix == ".pth" or name == "tensorrt" else [])
        missing = [n for n in needed if not installed(n)]
        if missing:
            package = BACKENDS[missing[0]]
            raise BackendError(
                f"backend {name} with a {suffix} file needs the Python package {package}: "
                f"{_remedy(package)}"
            )
        return [name]
    return _installed(suffix)


def others(suffix: str, name: str) -> str:
    """What to do where a backend cannot open a file that others might, as the end of an error."""
    known = [n for n in FORMATS[suffix] if n != name and n in ("openvino", "onnxruntime")]
    if not known:
        return ""
    package = BACKENDS[known[0]]
    remedy = "take" if installed(known[0]) else f"install it ({install_command(package)}) and take"
    return f"; {known[0]} may run it: {remedy} backend {known[0]}"


def _installed(suffix: str) -> List[str]:
    """Backends that read such files, those to prefer first."""
    if suffix == ".pth":
        if not installed("torch"):
            raise BackendError(
                "a .pth checkpoint needs the Python package torch: " + install_command("torch")
            )
        import torch

        if torch.cuda.is_available():
            return ["torch"]
    found = [name for name in BACKENDS if name in FORMATS[suffix] and installed(name)]
    if found:
        return found
    packages: List[str] = [BACKENDS[n] for n in FORMATS[suffix]]
    raise BackendError(f"no runtime for {suffix} files is installed: {_remedy(packages[0])}")


def _remedy(package: str) -> str:
    """What to type to have a runtime's package."""
    if package == "acl":
        return "it is part of Ascend's CANN toolkit; source the set_env.sh of the toolkit"
    return install_command(package)


def file_for(entry: ModelEntry, main: Path, backend: str = "auto") -> Path:
    """The best file of a located model for a backend, or for "auto" for any that is installed.

    main: its main file, which is the answer where no other is better. Raises BadDownload where a
    file of a folder for models is not what models.yaml says.
    """
    paths = [main.with_name(name) for name in (main.name, *entry.instead)]
    # One after the other: a checkpoint among them is asked for last, as it takes torch's import.
    path = next((p for p in paths if p.is_file() and reads(p, backend)), main)
    _check(entry, path)
    return path


def _check(entry: ModelEntry, path: Path) -> None:
    """Hold a file and its weights against their hashes; elsewhere a name may mean other things."""
    if not any(folder in path.parents for folder in search_folders()):
        return
    for item in entry.files:
        if item.sha256 and item.name in (path.name, path.with_suffix(".bin").name):
            check_file(path.with_name(item.name), item, entry.name)
