"""A file appears whole or not at all: on success, after an error, and when the writer is killed."""
import os
import signal
import subprocess
import sys
import sysconfig

import pytest

from lightweight_openpose.files import install_command, replacing


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


def test_a_pipe_is_written_as_it_is(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(str(path))
    reader = subprocess.Popen(["cat", str(path)], stdout=subprocess.PIPE)
    with replacing(path) as partial:
        partial.write_text("through")
    assert reader.communicate(timeout=10)[0] == b"through"


@pytest.mark.parametrize("managed, virtual, expected", [
    (True, False, "-m venv --system-site-packages"), (True, True, "-m pip install av"),
    (False, False, "-m pip install av"),
])
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
    assert ("PYTHON_EXECUTABLE" in command) == (managed and not virtual)
