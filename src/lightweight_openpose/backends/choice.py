"""Which runtime runs a model file."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import List

from lightweight_openpose.zoo.catalogue import check_file, search_folders
from lightweight_openpose.zoo.models_file import ModelEntry

from .contract import BackendError, BadModel
from .runtimes import CHECKPOINT, RUNTIMES, readers, runtime_names, suffixes


def installed(name: str) -> bool:
    """True where the package of a backend can be imported."""
    return importlib.util.find_spec(RUNTIMES[name].package) is not None


def reads(path: Path, name: str = "auto") -> bool:
    """True where choose(path.suffix, name) gives a backend that reads the file.

    Of .pth files TensorRT reads those of torch2trt, but no checkpoints.
    """
    try:
        choose(path.suffix, name)
        if name in RUNTIMES:
            RUNTIMES[name].check(path)
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
    able = readers(suffix)
    if not able:
        raise BackendError(f"a model file ends in {', '.join(suffixes())}, not '{suffix}'")
    if name == "auto":
        return _installed(suffix)
    if name not in RUNTIMES:
        raise BackendError(f"unknown backend '{name}'; known: {', '.join(runtime_names())}")
    runtime = RUNTIMES[name]
    if runtime not in able:
        fitting = " or ".join(reader.name for reader in able)
        remedy = f"; {runtime.maker}" if runtime.maker else ""
        raise BackendError(f"backend {name} does not read {suffix} files; {fitting} does{remedy}")
    needed = [name, *runtime.needs, *(["torch"] if suffix == CHECKPOINT else [])]
    missing = [RUNTIMES[n] for n in needed if not installed(n)]
    if missing:
        raise BackendError(
            f"backend {name} with a {suffix} file needs the Python package {missing[0].package}: "
            f"{missing[0].remedy}"
        )
    return [name]


def others(suffix: str, name: str) -> str:
    """What to do where a backend cannot open a file that others might, as the end of an error."""
    able = [runtime for runtime in readers(suffix) if runtime.alternative and runtime.name != name]
    if not able:
        return ""
    other = able[0].name
    remedy = "take" if installed(other) else f"install it ({able[0].remedy}) and take"
    return f"; {other} may run it: {remedy} backend {other}"


def _installed(suffix: str) -> List[str]:
    """Backends that read such files, those to prefer first."""
    if suffix == CHECKPOINT:
        if not installed("torch"):
            remedy = RUNTIMES["torch"].remedy
            raise BackendError(f"a .pth checkpoint needs the Python package torch: {remedy}")
        import torch

        if torch.cuda.is_available():
            return ["torch"]
    found = [runtime.name for runtime in readers(suffix) if installed(runtime.name)]
    if found:
        return found
    remedy = readers(suffix)[0].remedy
    raise BackendError(f"no runtime for {suffix} files is installed: {remedy}")


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
