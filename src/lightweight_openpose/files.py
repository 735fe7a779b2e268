"""Where files are and come to be: the package's data, the user's cache, what pip installs."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import importlib
import json
import os
import pkgutil
import re
import sys
import sysconfig
import time
import uuid
import zipfile
from pathlib import Path
from typing import Any, Iterable, Iterator, Tuple, Union
from xml.etree import ElementTree

import yaml

# Nodes of a YAML file. Each alias counts as what it stands for: a few that name one another
# explode.
MAX_NODES = 100_000
_STEM = 40  # characters of a name that a partial file keeps: a name has 255 bytes at most
# A zip may hold so many times its own size, and so many bytes. torch.save does not compress.
MAX_UNPACKED_RATIO, FREELY_UNPACKED = 4, 64 << 20
LONGEST_YAML = 256 << 10  # characters or bytes; PyYAML takes seconds for a megabyte


def share_dir() -> Path:
    """Folder of package.xml, config/, models/ and web/.

    That is the source tree, or share/lightweight_openpose of the prefix into which catkin or pip
    installed the package. Raises FileNotFoundError where neither holds them.
    """
    here = Path(__file__).resolve()
    installed = [prefix / "share" / "lightweight_openpose" for prefix in here.parents]
    for folder in (here.parents[2], *installed):
        if (folder / "config" / "models.yaml").is_file():
            return folder
    raise FileNotFoundError(
        f"config/models.yaml of lightweight_openpose was not found near {here}; "
        "reinstall the package"
    )


def package_version() -> str:
    """The version that package.xml says, which catkin and pip install next to the models."""
    return ElementTree.parse(str(share_dir() / "package.xml")).findtext("version") or ""


def cache_dir() -> Path:
    """The user's cache: lightweight_openpose in $XDG_CACHE_HOME, else in ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "lightweight_openpose"


def looked_in(path: Union[str, Path]) -> str:
    """ " in FOLDER" where a path is relative: that of nodes is ROS's own, not where one typed it."""
    return "" if Path(path).expanduser().is_absolute() else f" in {Path.cwd()}"


def import_folder(package: str, paths: Iterable[str]) -> None:
    """Import every module of a package, so that one that registers itself is known.

    package, paths: its __name__ and __path__.
    """
    for name in sorted(module.name for module in pkgutil.iter_modules(paths)):
        importlib.import_module(f"{package}.{name}")  # noqa: TID251 - a file of the package


def natural_order(path: Path) -> tuple:
    """Key that sorts files by name as people count: 2.png before 10.png."""
    parts = re.split(r"(\d+)", path.name.lower())
    return [int(part) if i % 2 else part for i, part in enumerate(parts)], path.name


def install_command(package: str) -> str:
    """What to type to give this Python a package from pip.

    A Python that belongs to the distribution (PEP 668) refuses pip: then a virtual environment
    that sees the distribution's packages, for the nodes through catkin's PYTHON_EXECUTABLE.
    """
    marker = Path(sysconfig.get_path("stdlib")) / "EXTERNALLY-MANAGED"
    if sys.prefix != sys.base_prefix or not marker.exists():
        return f"{sys.executable} -m pip install {package}"
    return (
        "/usr/bin/python3 -m venv --system-site-packages ~/pose && "
        f"~/pose/bin/pip install {package}, then ~/pose/bin/python runs it "
        "(nodes: catkin_make -DPYTHON_EXECUTABLE=$HOME/pose/bin/python "
        "-DPython_EXECUTABLE=$HOME/pose/bin/python)"
    )


@contextlib.contextmanager
def replacing(path: Union[str, Path]) -> Iterator[Path]:
    """A file to write next to `path` that takes its place at the end: whole or not at all.

    The file is there and empty, for this writer alone: its name is hidden and random, and keeps the
    suffix, which tells some writers the format. The file of the last writer stays. The
    folder is created. An error or a kill in between leaves what was at `path` before; after an
    error nothing else is left either. A link at `path` is replaced, not followed; a device or pipe
    is written as it is. Raises OSError; FileNotFoundError where nothing was written.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        yield path
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial, handle = _new_partial(path)
    try:
        yield partial
        if not os.path.getsize(str(partial)):
            raise FileNotFoundError(errno.ENOENT, "nothing was written", str(path))
        with open(str(partial), "rb+") as stream:
            os.fsync(stream.fileno())
        os.replace(str(partial), str(path))
    finally:
        os.close(handle)
        with contextlib.suppress(FileNotFoundError):
            partial.unlink()


def _new_partial(path: Path) -> Tuple[Path, int]:
    """A new file next to `path`, locked while its handle is open, with the mode of the umask."""
    # Random, not of the process: threads have one id, and so have containers on a shared disk.
    name = f".{path.stem[:_STEM]}.{uuid.uuid4().hex[:16]}.part{path.suffix}"
    partial = path.with_name(name)
    try:
        handle = os.open(str(partial), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    with contextlib.suppress(OSError):  # of a file system without locks
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return partial, handle


@contextlib.contextmanager
def locked(path: Union[str, Path], patience: float) -> Iterator[bool]:
    """Keep out who wants the same lock, threads and other processes; whether they are kept out.

    path: a file of its own, which is made and stays. patience: [s] to wait for the one who has it.
    Where nobody may write there, nobody has to be kept out; a file system without locks keeps
    nobody out.
    """
    try:
        handle = os.open(str(path), os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        yield error.errno in (errno.EACCES, errno.EROFS)
        return
    try:
        yield _wait_for_lock(handle, patience)
    finally:
        os.close(handle)


def _wait_for_lock(handle: int, patience: float) -> bool:
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(0.02)
        except OSError:
            return False


def remove_left(folder: Union[str, Path], suffix: str) -> None:
    """Remove what writers that were killed left of `replacing` files of a suffix in a folder."""
    for partial in Path(folder).glob(f".*.part{suffix}"):
        with contextlib.suppress(OSError):  # of a writer that lives: the lock is its own
            with open(str(partial), "rb") as stream:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                partial.unlink()


def parse_yaml(text: Union[str, bytes]) -> Any:
    """What a YAML document (text or bytes) holds, plain data only. Raises ValueError."""
    if len(text) > LONGEST_YAML:
        raise ValueError(f"it is longer than {LONGEST_YAML >> 10} KB")
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if _nodes(node, {}) > MAX_NODES:
            raise ValueError(f"it holds more than {MAX_NODES} values")
        return None if node is None else loader.construct_document(node)
    except yaml.YAMLError as error:
        raise ValueError("it is no YAML: " + " ".join(str(error).split())[:160]) from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    # of a date that is none, or a key that is a list of lists
    except (TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"it is no YAML: {error}") from None


def read_yaml(path: Union[str, Path]) -> Any:
    """What a YAML file holds, plain data only. Raises OSError or ValueError.

    Of a file that is too long no more is read than shows that.
    """
    with open(str(path), "rb") as stream:
        return parse_yaml(stream.read(LONGEST_YAML + 1))


def _nodes(node: yaml.Node, known: dict) -> int:
    """Number of values below a node of YAML; known: the numbers of those that were counted."""
    if not isinstance(node, yaml.CollectionNode):
        return 1
    if id(node) not in known:
        known[id(node)] = MAX_NODES + 1  # until it is known: an alias inside of what it names
        pairs = isinstance(node, yaml.MappingNode)
        parts = [part for pair in node.value for part in pair] if pairs else node.value
        known[id(node)] = 1 + sum(_nodes(part, known) for part in parts)
    return known[id(node)]


def check_archive(path: Union[str, Path]) -> None:
    """Raise ValueError for a zip that announces far more than its own size, before it is unpacked.

    What is no zip is left to its reader.
    """
    size = os.stat(str(path)).st_size
    try:
        with zipfile.ZipFile(str(path)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError):
        return
    if unpacked > MAX_UNPACKED_RATIO * size + FREELY_UNPACKED:
        raise ValueError(
            f"{path} of {size} bytes would be {unpacked} unpacked: fetch or copy it again"
        )


def read_json(path: Union[str, Path]) -> Any:
    """What a JSON file holds, with or without a byte-order mark. Raises OSError or ValueError."""
    try:
        return json.loads(Path(path).read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no JSON, it may be truncated: {error}") from None


def sha256_of(path: Union[str, Path]) -> str:
    """SHA-256 of a file's contents, 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with open(str(path), "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def spare(output: Union[str, Path, None], inputs: Iterable) -> None:
    """Raise ValueError where a result would take the place of a file that it is made of."""
    if os.path.realpath(str(output)) in {os.path.realpath(str(path)) for path in inputs}:
        raise ValueError(
            f"{output} would be overwritten by what is made of it; give another --output"
        )
