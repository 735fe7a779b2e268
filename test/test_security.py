"""No code comes from data, and no name in data leads out of its folder."""

import ast
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(
    path
    for folder in ("src", "scripts", "benchmarks", "tools", "cfg", "test")
    for path in (ROOT / folder).rglob("*.py")
)
# Beside what the linter bans by pyproject.toml: pickle, eval, yaml.load, os.system, ...
CALLS = {
    "compile",
    "__import__",
    # Definitions in a bag become a module; the name of a type becomes that of one to import.
    "genpy.dynamic.generate_dynamic",
    "roslib.message.get_message_class",
    "roslib.message.get_service_class",
    "torch.package.PackageImporter",
}
TESTS = ROOT / "test"  # make messages of former versions
# Import modules by a name of a list in their own text, or of a file in a folder of the package.
OWN_NAMES = {
    "cli/check.py",
    "cli/devices.py",
    "cli/program.py",
    "files.py",
    "ros/bags/harmless.py",
    "ros/messages/interop/__init__.py",
    "ros/nodes/interop.py",
}
OPENS_BAGS = "src/lightweight_openpose/ros/bags/rosbag_patch.py"


def dotted(node):
    """Name of what is called, such as os.system; empty for others."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def imported(tree):
    """Name in the file -> full name, of what it imports."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(
                {
                    a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0]
                    for a in node.names
                }
            )
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.update({a.asname or a.name: f"{node.module}.{a.name}" for a in node.names})
    return names


def dangers(source):
    """(line, what) of each danger in a source text."""
    tree = ast.parse(source)
    names = imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            first, _, rest = dotted(node.func).partition(".")
            called = names.get(first, first) + ("." + rest if rest else "")
            given = {k.arg: k.value for k in node.keywords}
            if called in CALLS:
                yield node.lineno, called
            if called == "torch.load" and not _says(given.get("weights_only"), True):
                yield node.lineno, "torch.load without weights_only=True"
            if "shell" in given and not _says(given["shell"], False):
                yield node.lineno, "shell"
            if "allow_pickle" in given and not _says(given["allow_pickle"], False):
                yield node.lineno, "allow_pickle"
            if called.endswith((".extractall", ".extract")) and "tar" in dotted(node.func).lower():
                yield node.lineno, "a tar file that is unpacked"


def _says(node, value):
    return isinstance(node, ast.Constant) and node.value is value


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_code_comes_from_data(path):
    found = list(dangers(path.read_text()))
    if TESTS in path.parents:
        found = [(line, what) for line, what in found if what != "genpy.dynamic.generate_dynamic"]
    assert found == []


@pytest.mark.parametrize(
    "path", [p for p in FILES if ROOT / "src" in p.parents], ids=lambda p: str(p.relative_to(ROOT))
)
def test_bags_are_opened_where_no_class_is_made(path):
    """rosbag and rostopic make modules of definitions; one file loads rosbag without that."""
    tree = ast.parse(path.read_text())
    modules = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    modules |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
    assert {m.split(".")[0] for m in modules} & {"rosbag", "rostopic", "rosmsg"} == set()
    loads = "spec_from_file_location" in path.read_text() or "exec_module" in path.read_text()
    assert loads == (str(path.relative_to(ROOT)) == OPENS_BAGS)


@pytest.mark.parametrize(
    "path", [p for p in FILES if ROOT / "src" in p.parents], ids=lambda p: str(p.relative_to(ROOT))
)
def test_no_module_is_imported_by_a_name_in_data(path):
    """A name that is put together is one of the package's own lists."""
    tree = ast.parse(path.read_text())
    names = imported(tree)
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    found = set()
    for node in calls:
        first, _, rest = dotted(node.func).partition(".")
        called = names.get(first, first) + ("." + rest if rest else "")
        if called.rsplit(".", 1)[-1] in ("import_module", "get_message_class"):
            if not isinstance(node.args[0], ast.Constant):
                found.add(str(path.relative_to(ROOT / "src" / "lightweight_openpose")))
    assert found <= OWN_NAMES


@pytest.mark.parametrize(
    "source",
    [
        "compile('1', 'a', 'eval')",
        "__import__('os')",
        "import torch\ntorch.load('x')",
        "import torch\ntorch.load('x', weights_only=False)",
        "from torch import load\nload('x')",
        "import subprocess\nsubprocess.run('x', shell=True)",
        "import subprocess\nsubprocess.run('x', shell=flag)",
        "import numpy as np\nnp.load('x', allow_pickle=True)",
        "import tarfile\ntar = tarfile.open('x')\ntar.extractall()",
        "import genpy.dynamic\ngenpy.dynamic.generate_dynamic('a/B', 'x')",
        "from genpy.dynamic import generate_dynamic as g\ng('a/B', 'x')",
    ],
)
def test_a_danger_is_found(source):
    assert list(dangers(source))


@pytest.mark.parametrize(
    "source, rule",
    [
        ("import pickle", "TID251"),
        ("def f():\n    from pickle import loads", "TID251"),
        ("import joblib.memory", "TID251"),
        ("import os as o\no.system('x')", "TID251"),
        ("from os import popen as p\np('x')", "TID251"),
        ("eval('1')", "S307"),
        ("def f():\n    exec('x')", "S102"),
        ("import yaml as y\ny.load('x', y.Loader)", "TID251"),
        ("import yaml\nyaml.full_load('x')", "TID251"),
        ("import tempfile\ntempfile.mktemp()", "TID251"),
        ("from subprocess import getoutput\ngetoutput('x')", "TID251"),
        ("import pandas as pd\npd.read_pickle('x')", "TID251"),
        ("from ..poses.oks import oks", "TID252"),
    ],
)
@pytest.mark.lint
def test_the_linter_bans(source, rule):
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    if ruff is None:
        pytest.skip("ruff is not installed")
    command = [ruff, "check", "--no-cache", "--output-format", "json", "--stdin-filename"]
    for name in ("src/lightweight_openpose/a.py", "benchmarks/a.py", "test/test_a.py"):
        result = subprocess.run(
            [*command, name, "-"],
            input=source,
            cwd=str(ROOT),
            universal_newlines=True,
            stdout=subprocess.PIPE,
        )
        assert rule in {found["code"] for found in json.loads(result.stdout)}


@pytest.mark.lint
def test_the_linter_is_nowhere_silenced():
    silenced = r"#\s*noqa(?!:)|#\s*noqa:.*\b(S\d|TID)|#\s*ruff:\s*noqa"
    lines = [
        (str(p), line)
        for p in FILES
        if p != Path(__file__)
        for line in p.read_text().splitlines()
        if re.search(silenced, line)
    ]
    assert lines == []


def test_what_is_safe_is_let_through():
    assert not list(
        dangers(
            "import yaml, torch, subprocess\nyaml.safe_load('x')\nmodel.eval()\n"
            "torch.load('x', weights_only=True)\nsubprocess.run(['x'], shell=False)\nre.compile('x')"
        )
    )


PNG = cv2.imencode(".png", np.zeros((1, 1, 3), np.uint8))[1].tobytes()


def member(name, data=b"", **changes):
    item = tarfile.TarInfo(name)
    item.size = len(data)
    for key, value in changes.items():
        setattr(item, key, value)
    return item, io.BytesIO(data)


def shard(path, *members):
    with tarfile.open(str(path), "w") as tar:
        for item, data in members:
            tar.addfile(item, data)
    return path


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_pictures_are_decoded_where_their_size_is_looked_at_first(path):
    room = path.relative_to(ROOT).parts
    if room[-2:] != ("video", "images.py") and room[0] == "src":
        calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Attribute)]
        assert {c.attr for c in calls} & {"imread", "imreadmulti", "imdecode"} == set()


def test_names_and_links_in_a_tar_file_lead_nowhere(tmp_path):
    """Members are read where they lie: nothing is written, and no link is followed."""
    pytest.importorskip("torch")
    from lightweight_openpose.training.unlabelled import image_items, read_item

    secret = tmp_path / "secret.png"
    secret.write_bytes(PNG)
    folder = tmp_path / "below"
    folder.mkdir()
    path = shard(
        folder / "a.tar",
        member("../../escaped.png", PNG),
        member("/tmp/absolute.png", PNG),
        member("link.png", type=tarfile.SYMTYPE, linkname=str(secret)),
        member("hard.png", type=tarfile.LNKTYPE, linkname="../secret.png"),
        member("device.png", type=tarfile.CHRTYPE),
        member("pipe.png", type=tarfile.FIFOTYPE),
        member("empty.png"),
        member("notes.txt", b"text"),
    )
    before = sorted(p.name for p in tmp_path.rglob("*"))
    items = image_items(path)
    assert [read_item(item).shape for item in items] == [(1, 1, 3), (1, 1, 3)]
    assert sorted(p.name for p in tmp_path.rglob("*")) == before
    assert not os.path.exists("/tmp/absolute.png")


def test_a_picture_in_a_tar_file_that_would_take_gigabytes_is_skipped(tmp_path):
    pytest.importorskip("torch")
    from lightweight_openpose.training.unlabelled import image_items, read_item

    bomb = bytearray(cv2.imencode(".png", np.zeros((1, 1), np.uint8))[1].tobytes())
    bomb[16:24] = (40000).to_bytes(4, "big") * 2
    (item,) = image_items(shard(tmp_path / "a.tar", member("a.png", bytes(bomb))))
    assert read_item(item) is None


@pytest.mark.parametrize("harm", ["cut", "compressed", "huge member", "noise", "empty members"])
def test_a_tar_file_that_is_damaged_is_told(harm, tmp_path):
    pytest.importorskip("torch")
    from lightweight_openpose.training.unlabelled import image_items

    path = shard(tmp_path / "a.tar", member("a.png", PNG + bytes(5000)))
    if harm == "cut":
        path.write_bytes(path.read_bytes()[:1000])
    elif harm == "compressed":
        with tarfile.open(str(path), "w:gz") as tar:
            tar.addfile(*member("a.png", PNG))
    elif harm == "huge member":
        path.write_bytes(member("a.png")[0].tobuf()[:124] + b"\x80" + b"\x00" * 3 + b"\xff" * 8)
    elif harm == "noise":
        path.write_bytes(b"\x00\xff" * 5000)
    else:
        shard(path, member("a.png"), member("b.png"))
    with pytest.raises(ValueError, match="a.tar (is no tar file|holds no images)"):
        image_items(path)


def test_no_field_of_a_label_file_leads_out_of_the_folder_of_images():
    pytest.importorskip("torch")
    from lightweight_openpose.training.labels import image_of

    for name in ("../a.png", "/etc/a.png", "a/../../b.png", "", "a\0.png", 5, None):
        with pytest.raises(ValueError):
            image_of(name, 10, 10)
    assert image_of("train/a..b.png", 10, 10).file == "train/a..b.png"


def test_a_token_is_compared_in_constant_time():
    source = (ROOT / "src/lightweight_openpose/display/web_access.py").read_text()
    tree = ast.parse(source)
    compared = [n for n in ast.walk(tree) if isinstance(n, ast.Compare) and "token" in ast.dump(n)]
    assert "hmac.compare_digest(" in source and compared == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.txt")), ids=lambda p: p.name)
def test_every_dependency_has_an_upper_bound(path):
    lines = [line for line in path.read_text().splitlines() if line and line[0] not in "#-"]
    assert [line for line in lines if "<" not in line and "==" not in line] == []
