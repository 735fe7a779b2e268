"""Checkpoints of a process that is killed, of a full disk and of a disk that cannot be written."""

import json
import os
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")
from lightweight_openpose.files import replacing
from lightweight_openpose.networks.checkpoint import read_checkpoint
from lightweight_openpose.training.checkpoints import CheckpointFolder

# Forks writers and kills them at random moments; each time the last checkpoint has to be whole.
KILLER = """
import os, random, signal, sys, time
import torch
from lightweight_openpose.networks.checkpoint import read_checkpoint
from lightweight_openpose.training.checkpoints import CheckpointFolder
torch.set_num_threads(1)
folder = CheckpointFolder(sys.argv[1])
rng = random.Random(7)

def content(number):
    return {"state_dict": {"w": torch.full((100000,), float(number))}, "iteration": number}

folder.save(0, content(0))
number = 0
halves = 0
begun, begins = os.pipe()
for trial in range(50):
    child = os.fork()
    if not child:
        while True:
            number += 1
            os.write(begins, b".")
            folder.save(number, content(number))
    os.read(begun, 1)
    time.sleep(rng.uniform(0.0, 0.02))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    halves += len(list(folder.folder.glob(".*.part.pth")))
    last = read_checkpoint(folder.last())
    number = last["iteration"]
    assert folder.last().name == f"checkpoint_iter_{number}.pth"
    assert (last["state_dict"]["w"] == number).all()
folder.save(number + 1, content(number + 1))
print(halves, number, len(os.listdir(sys.argv[1])))
"""
# Writes what is larger than a file may be, where nothing was before and over something.
LIMITED = """
import json, resource, sys
from pathlib import Path
from lightweight_openpose.networks import build_network
from lightweight_openpose.networks.checkpoint import write_checkpoint
from lightweight_openpose.networks.onnx_format import export_onnx
from lightweight_openpose.poses.skeleton_file import find_skeleton
from lightweight_openpose.training.labels import LabelledImage, LabelSet
skeleton = find_skeleton("submarine")
network = build_network("student-small", skeleton)
labels = LabelSet(skeleton, [LabelledImage(f"{i}.png", 9, 9) for i in range(9999)])
writers = {
    "best.pth": lambda path: write_checkpoint(path, {"state_dict": network.state_dict()}),
    "labels.json": labels.save,
    "cached.onnx": lambda path: export_onnx(network, skeleton, path),
}
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
for folder in ("new", "replaced"):
    for name, write in writers.items():
        try:
            write(Path(sys.argv[1]) / folder / name)
            said = "WRITTEN"
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
        print(json.dumps([folder, name, said]))
"""


def run(code, *arguments):
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in sys.path if p))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *map(str, arguments)],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_of_fifty_kills_none_costs_the_last_checkpoint(tmp_path):
    halves, number, files = map(int, run(KILLER, tmp_path).split())
    assert halves > 0, "no kill came while a file was written"
    assert number > 0 and files <= 3, "what the killed ones left is there still"


def test_a_file_that_may_not_grow_is_not_there_by_halves(tmp_path):
    pytest.importorskip("onnx")
    names = ["best.pth", "cached.onnx", "labels.json"]
    for folder in ("new", "replaced"):
        (tmp_path / folder).mkdir()
    for name in names:
        (tmp_path / "replaced" / name).write_bytes(b"what was there before")
    said = [json.loads(line) for line in run(LIMITED, tmp_path).splitlines()]
    assert len(said) == 6
    for folder, name, what in said:
        assert what.startswith("OSError: ") and "File too large" in what, (folder, name, what)
    assert os.listdir(tmp_path / "new") == []
    assert sorted(os.listdir(tmp_path / "replaced")) == names
    for name in names:
        assert (tmp_path / "replaced" / name).read_bytes() == b"what was there before"


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 200 kB; remount(options) changes it."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def mount(options):
        return (
            subprocess.run(
                ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            ).returncode
            == 0
        )

    if os.getuid() or not mount("size=200k"):
        pytest.skip("no disk can be mounted")
    yield disk, mount
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_keeps_the_checkpoint_before(small_disk):
    disk, mount = small_disk
    folder = CheckpointFolder(disk)
    good = folder.save(1, {"state_dict": {"w": torch.zeros(20000)}})
    with pytest.raises(OSError, match="No space left"):
        folder.save(2, {"state_dict": {"w": torch.zeros(200000)}})
    assert folder.last() == good and os.listdir(disk) == [good.name]
    assert len(read_checkpoint(good)["state_dict"]["w"]) == 20000
    assert mount("remount,ro")
    with pytest.raises(OSError, match="Read-only file system"):
        folder.save(3, {"state_dict": {"w": torch.zeros(2)}})
    assert folder.last() == good


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        CheckpointFolder(tmp_path / "file" / "below").save(1, {"state_dict": {}})


def test_what_another_writes_meanwhile_stays(tmp_path):
    folder = CheckpointFolder(tmp_path)
    with replacing(tmp_path / "best.pth") as partial:
        folder.save(1, {"state_dict": {"w": torch.zeros(3)}})
        partial.write_bytes(b"whole")
    assert sorted(os.listdir(str(tmp_path))) == ["best.pth", "checkpoint_iter_1.pth"]
