#!/usr/bin/env python3
"""Damage files and load them: each loads, or is one clear error within ten seconds.

Networks are made for it, of each format whose runtime is here: cut at every tenth, one bit flipped
in many places, swapped for a folder, filled with noise, pickles with code, and files that lie about
their sizes: of an archive, a tensor, maps and lists of names. They are loaded in processes of their
own, since runtimes may die of them. Beside them go skeletons, calibrations and labels with too many
or too large values. Exits with 1 where anything else happened.
"""

import argparse
import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

from lying_files import LIMIT, lying_checkpoints, lying_graphs, texts

PATIENCE = 90  # s by the clock, for what waits for ever
# Loads the files that are named, and says what became of each in a line of JSON.
LOADER = """
import importlib, json, resource, signal, sys
import numpy as np
from lightweight_openpose.backends.contract import BackendError
from lightweight_openpose.backends.opening import create_backend
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
backend, limit, patience, *paths = sys.argv[1:]
importlib.import_module(backend)  # on a busy machine that alone takes seconds
for path in paths:
    print(json.dumps([path, "begun"]), flush=True)
    signal.setitimer(signal.ITIMER_PROF, float(limit))
    signal.alarm(int(patience))
    try:
        runner = create_backend(path, backend=backend)
        said = "loaded"
    except (ValueError, OSError, BackendError) as error:
        said = "error: " + str(error)
    except BaseException as error:
        said = f"TRACEBACK: {type(error).__name__} {error}"
    if said == "loaded":
        try:
            runner(np.zeros((1, 3, 64, 64), np.float32))
        except Exception as error:
            said = "error when run: " + str(error)
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.alarm(0)
    print(json.dumps([path, said]), flush=True)
"""


def command(witness):
    """Opcodes of a pickle that makes a folder where it is loaded as any object.

    Written by hand: nothing in the package imports what would run them.
    """
    name = str(witness).encode()
    return b"cos\nmkdir\n(X" + struct.pack("<I", len(name)) + name + b"tR"


def pickled(witness):
    """A pickle that is such a command."""
    return b"\x80\x02" + command(witness) + b"."


def pickled_checkpoint(witness):
    """A pickle of a checkpoint whose state_dict is such a command."""
    key = b"X" + struct.pack("<I", len("state_dict")) + b"state_dict"
    return b"\x80\x02}" + key + command(witness) + b"s."


def make_models(folder):
    """[(backend, file to load, file to damage)] of what can be made and run here."""
    from lightweight_openpose.backends.choice import installed
    from lightweight_openpose.export.openvino_format import export_openvino
    from lightweight_openpose.networks import build_network
    from lightweight_openpose.networks.checkpoint import info_of, write_checkpoint
    from lightweight_openpose.networks.onnx_format import export_onnx
    from lightweight_openpose.poses.skeleton_file import find_skeleton, skeleton_to_dict

    skeleton = find_skeleton("submarine")
    network = build_network("student-small", skeleton).eval()
    content = {"state_dict": network.state_dict(), "skeleton": skeleton_to_dict(skeleton)}
    made = [("torch", write_checkpoint(folder / "m.pth", content), ".pth")]
    onnx = export_onnx(network, skeleton, folder / "m.onnx")
    made += [(name, onnx, ".onnx") for name in ("onnxruntime", "openvino") if installed(name)]
    if installed("openvino"):
        xml = export_openvino(onnx, folder / "m.xml", info_of(network, skeleton))
        made += [("openvino", xml, ".xml"), ("openvino", xml, ".bin")]
    return made


def damages(data, flips, rng):
    """(name, bytes) of each damage to the contents of a file."""
    for tenth in range(10):
        yield f"cut at {tenth}0 %", data[: len(data) * tenth // 10]
    for _ in range(flips):
        place = rng.randrange(len(data))
        changed = bytearray(data)
        changed[place] ^= 1 << rng.randrange(8)
        yield f"bit flipped at {place}", bytes(changed)
    yield "noise", bytes(rng.getrandbits(8) for _ in range(5000))
    yield "zeros", bytes(len(data))
    yield "doubled", data + data


def pickles(folder):
    """Checkpoints with code in them, and the folders that the code would make."""
    witnesses = [folder / "ran1", folder / "ran2"]
    (folder / "code.pth").write_bytes(pickled(witnesses[0]))
    with zipfile.ZipFile(str(folder / "zip.pth"), "w") as archive:
        archive.writestr("zip/data.pkl", pickled_checkpoint(witnesses[1]))
        archive.writestr("zip/version", "3\n")
    return [folder / "code.pth", folder / "zip.pth"], witnesses


def load(backend, paths):
    """{path: what became of it}; a process that dies is started again behind its file."""
    said = {}
    left = [str(path) for path in paths]
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in sys.path if p))
    while left:
        command = [sys.executable, "-c", LOADER, backend, str(LIMIT), str(PATIENCE), *left]
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=environment,
        )
        for line in done.stdout.splitlines():
            if line.startswith("["):
                path, what = json.loads(line)
                said[path] = what
        ended = [path for path in left if said.get(path, "begun") != "begun"]
        if len(ended) == len(left):
            break
        died = next(path for path in left if path not in ended)
        late = done.returncode in (-signal.SIGALRM, -signal.SIGPROF)
        said[died] = f"HANGS for {LIMIT} s" if late else f"DIES: {done.returncode}"
        said[died] += " " + done.stderr[-300:] if not late else ""
        left = left[left.index(died) + 1 :]
    return said


def trials(folder, flips, seed):
    """(backend and format, damage, what became of it) of each file."""
    from lightweight_openpose.backends.choice import installed

    rng = random.Random(seed)
    for backend, path, suffix in make_models(folder):
        data = path.with_suffix(suffix).read_bytes()
        names = {}
        for number, (name, changed) in enumerate(damages(data, flips, rng)):
            place = folder / f"{backend}{suffix}" / f"{number}{path.suffix}"
            place.parent.mkdir(exist_ok=True)
            if path.suffix == ".xml":
                place.with_suffix(".bin").write_bytes(path.with_suffix(".bin").read_bytes())
                place.write_bytes(path.read_bytes())
            place.with_suffix(suffix).write_bytes(changed)
            names[str(place)] = name
        swapped = folder / f"{backend}{suffix}" / f"folder{path.suffix}"
        swapped.mkdir()
        names[str(swapped)] = "a folder"
        for place, what in load(backend, names).items():
            yield f"{backend} {suffix}", names[place], what
    lies = [("torch", lying_checkpoints(folder))]
    made = lying_graphs(folder)
    lies += [(name, made) for name in ("onnxruntime", "openvino") if installed(name)]
    for backend, names in lies:
        for place, what in load(backend, names).items():
            yield f"{backend} {Path(place).suffix}", names[place], what
    yield from texts(folder)
    paths, witnesses = pickles(folder)
    for place, what in load("torch", paths).items():
        yield "torch .pth", f"code in {Path(place).name}", what
    for witness in witnesses:
        ran = "TRACEBACK: it ran" if witness.exists() else "error: it did not run"
        yield "torch .pth", "code that was run", ran


def expected(where, damage, what):
    """Whether that is what may become of a damaged file."""
    if where == "read_coco" and what == "loaded":
        return True  # without what cannot be used of it
    if "\n" in what.strip() and what.startswith("error: "):
        return False
    if damage == "maps of different sizes":
        return what.startswith("error")  # where sizes vary, when they come
    if what == "loaded" or what.startswith("error when run"):
        return "flipped" in damage or damage in ("doubled", "zeros")
    return what.startswith("error: ")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", type=int, default=200, help="bits, per format")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    counts = Counter()
    unexpected = 0
    with tempfile.TemporaryDirectory() as folder:
        for where, damage, what in trials(Path(folder), arguments.flips, arguments.seed):
            counts[where, what.split(":")[0]] += 1
            if not expected(where, damage, what):
                unexpected += 1
                print(f"UNEXPECTED {where}, {damage}: {what[:600]}")
    for (where, what), count in sorted(counts.items()):
        print(f"{where:18} {what:16} {count}")
    print(f"{sum(counts.values())} files, {unexpected} unexpected")
    return 1 if unexpected else 0


if __name__ == "__main__":
    sys.exit(main())
