"""MediaPipe's .task files: zips that hold networks as TFLite files."""

from __future__ import annotations

import zipfile
from pathlib import Path

from lightweight_openpose.files import cache_dir, check_archive, replacing, sha256_of

from .contract import BadModel, Unreadable, reason_in

HAND = "hand_landmarks_detector.tflite"  # in hand_landmarker.task


def unpacked(path: Path) -> Path:
    """The network of hands in a .task file, unpacked once into the user's cache.

    Raises BadModel for a file that is no zip, holds no such network or would unpack to far more
    than its own size.
    """
    target = cache_dir() / "task" / f"{path.stem}-{sha256_of(path)[:16]}.tflite"
    if target.is_file():
        return target
    try:
        check_archive(path)
        with zipfile.ZipFile(str(path)) as archive:
            content = archive.read(_member(archive, path))
    except BadModel:
        raise
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, RuntimeError) as error:
        raise Unreadable(
            f"{path} cannot be read as MediaPipe's .task file, it may be damaged: "
            f"{reason_in(error)}"
        ) from None
    with replacing(target) as partial:
        partial.write_bytes(content)
    return target


def _member(archive: zipfile.ZipFile, path: Path) -> str:
    for name in archive.namelist():
        if Path(name).name == HAND:
            return name
    raise BadModel(
        f"{path} holds no {HAND}, as hand_landmarker.task does, but "
        f"{', '.join(archive.namelist()[:5]) or 'nothing'}"
    )
