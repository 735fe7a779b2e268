"""A file appears whole or not at all: on success, after an error, and when the writer is killed."""

import errno
import json
import os
import signal
import subprocess
import sys
import sysconfig
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from lightweight_openpose.cli.angles import read_landmarks, read_points
from lightweight_openpose.files import (
    install_command,
    parse_yaml,
    read_json,
    remove_left,
    replacing,
    share_dir,
)
from lightweight_openpose.geometry.camera_file import read_calibration
from lightweight_openpose.poses.pose_lines import Frame, frame_to_dict, read_frames
from lightweight_openpose.poses.skeleton_file import find_skeleton, read_skeleton
from lightweight_openpose.zoo.models_file import read_entries


def test_the_new_file_takes_the_place_of_the_old_one(tmp_path):
    path = tmp_path / "folder" / "a.json"
    for content in ("first", "second"):
        with replacing(path) as partial:
            partial.write_text(content)
            assert partial.parent == path.parent and partial.suffix == ".json"
            assert partial.name.startswith(".")
            assert not path.exists() or path.read_text() == "first"
        assert path.read_text() == content
    assert os.listdir(path.parent) == ["a.json"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError):
        with replacing(path) as partial:
            partial.write_text("half")
            raise ZeroDivisionError
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a.json"]


def test_a_writer_that_wrote_nothing_is_an_error(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")
    with pytest.raises(FileNotFoundError):
        with replacing(path):
            pass
    assert path.read_text() == "old"


def test_a_kill_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")
    code = (
        "import sys, time\n"
        "from lightweight_openpose.files import install_command, replacing\n"
        "with replacing(sys.argv[1]) as partial:\n"
        "    partial.write_text('half')\n"
        "    print('written', flush=True)\n"
        "    time.sleep(60)\n"
    )
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    writer = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, env=environment
    )
    assert writer.stdout.readline() == b"written\n"
    writer.send_signal(signal.SIGKILL)
    writer.communicate(timeout=10)
    assert path.read_text() == "old"
    with replacing(path) as partial:
        partial.write_text("new")
    assert path.read_text() == "new"


def test_writers_at_the_same_time_do_not_meet(tmp_path):
    """Threads of a process, and processes of one id in containers that share a disk."""
    path = tmp_path / "a.json"
    together = threading.Barrier(8)

    def write(number):
        with replacing(path) as partial:
            partial.write_text(str(number) * 1000)
            together.wait(30)
            assert partial.read_text() == str(number) * 1000
            together.wait(30)

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(write, number) for number in range(8)]:
            done.result(60)
    assert path.read_text() in [str(number) * 1000 for number in range(8)]
    assert os.listdir(tmp_path) == ["a.json"]


@pytest.mark.parametrize("mask, mode", [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_a_new_file_has_the_mode_that_the_umask_gives(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        with replacing(tmp_path / "a.json") as partial:
            partial.write_text("{}")
    finally:
        os.umask(before)
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == mode


def test_a_name_may_be_as_long_as_the_file_system_takes(tmp_path):
    path = tmp_path / ("a" * 250 + ".json")
    with replacing(path) as partial:
        partial.write_text("{}")
    assert path.read_text() == "{}"


def test_an_error_names_the_file_that_was_asked_for(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device", "a name that nobody gave")

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(OSError, match="No space left on device: '.*/a.json'"):
        with replacing(tmp_path / "a.json"):
            pass


def test_what_a_killed_writer_left_is_removed_and_not_what_another_writes(tmp_path):
    (tmp_path / ".a.1234.part.pth").write_text("half")
    (tmp_path / ".a.1234.part.json").write_text("half of another kind")
    with replacing(tmp_path / "a.pth") as partial:
        partial.write_text("whole")
        remove_left(tmp_path, ".pth")
        assert sorted(os.listdir(tmp_path)) == sorted([".a.1234.part.json", partial.name])
    assert (tmp_path / "a.pth").read_text() == "whole"


def test_a_pipe_is_written_as_it_is(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(str(path))
    reader = subprocess.Popen(["cat", str(path)], stdout=subprocess.PIPE)
    with replacing(path) as partial:
        partial.write_text("through")
    assert reader.communicate(timeout=10)[0] == b"through"


@pytest.mark.parametrize(
    "managed, virtual, expected",
    [
        (True, False, "-m venv --system-site-packages"),
        (True, True, "-m pip install av"),
        (False, False, "-m pip install av"),
    ],
)
def test_the_command_to_install_a_package_is_one_that_works_here(
    managed, virtual, expected, tmp_path, monkeypatch
):
    """PEP 668: the Python of Debian 12 refuses pip, a virtual environment of it does not."""
    if managed:
        (tmp_path / "EXTERNALLY-MANAGED").write_text("")
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    monkeypatch.setattr(sys, "prefix", "/home/env" if virtual else "/usr")
    command = install_command("av")
    assert expected in command and "install av" in command
    for name in ("PYTHON_EXECUTABLE", "Python_EXECUTABLE"):  # of older catkins, of newer ones
        assert (name in command) == (managed and not virtual)


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join(['*' + a] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi")
)


@pytest.mark.parametrize(
    "text, said",
    [
        (LAUGHS, "more than 100000 values"),
        ("a: &a [*a]", "more than 100000 values"),
        ("a: &a\n  b: *a", "more than 100000 values"),
        ("a" * (256 * 1024 + 1), "longer than 256 KB"),
        ("[" * 100_000, "nested too deeply"),
        ("a:\n\tb: 1", "no YAML: .*tab|no YAML: .*cannot start any token"),
        ("a: [", "no YAML"),
        ("a: b: c", "no YAML"),
        ("? [a]\n: b\n? {c: d}\n: e", "no YAML"),
        ("a: 2026-99-99", "month must be in"),
        ("!!python/object/apply:os.system [echo]", "no YAML"),
        (b"\xff\xfe\xfd", "no YAML"),
        ("\x00", "no YAML"),
        ("a: 1\n---\nb: 2", "no YAML"),
    ],
)
def test_a_yaml_that_cannot_be_used_is_one_clear_error(text, said):
    with pytest.raises(ValueError, match=said) as error:
        parse_yaml(text)
    assert "\n" not in str(error.value)


def test_a_yaml_that_can_be_used_is_what_it_says():
    assert parse_yaml("a: &x [1, 2]\nb: *x\nc: {<<: {d: e}}") == {
        "a": [1, 2],
        "b": [1, 2],
        "c": {"d": "e"},
    }
    assert parse_yaml("") is None


def read_training(path):
    """The settings of a training, which name networks of PyTorch."""
    pytest.importorskip("torch")
    from lightweight_openpose.training.config import read_config

    return read_config(path)


@pytest.mark.parametrize(
    "read", [read_skeleton, read_calibration, read_training, read_entries, read_points]
)
def test_a_yaml_of_more_than_256_kb_is_refused_unparsed_and_hardly_read(
    read, tmp_path, monkeypatch
):
    path = tmp_path / "long.yaml"
    with open(str(path), "wb") as stream:
        stream.truncate(1 << 40)  # bytes, none of which takes a place on the disk
    monkeypatch.setattr(yaml, "SafeLoader", None)
    with pytest.raises(ValueError, match="longer than 256 KB"):
        read(path)


BOM = b"\xef\xbb\xbf"


def test_text_files_are_read_with_a_byte_order_mark(tmp_path):
    """As editors and shells of Windows write them."""

    def written(name, content):
        (tmp_path / name).write_bytes(BOM + content)
        return tmp_path / name

    assert read_json(written("a.json", b'{"a": 1}')) == {"a": 1}
    assert parse_yaml(written("a.yaml", b"a: 1").read_bytes()) == {"a": 1}
    assert read_landmarks(written("a.txt", b"1 2\n3 4")) == [(1, 2), (3, 4)]
    line = json.dumps(frame_to_dict(Frame(0, 0.5, 64, 48, "coco18", []))).encode()
    assert next(read_frames(written("a.jsonl", line + b"\n"))).time == 0.5
    text = (share_dir() / "config" / "skeletons" / "submarine.yaml").read_bytes()
    assert read_skeleton(written("s.yaml", text)) == find_skeleton("submarine")
