"""Facts that stand in several places agree, and the package keeps its promises about imports and
syntax.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from lightweight_openpose.cli.program import COMMANDS
from lightweight_openpose.poses.skeleton import COCO18

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [
    p
    for folder in ("src", "scripts", "test", "benchmarks")
    for p in sorted((ROOT / folder).rglob("*"))
    if p.is_file() and (p.suffix == ".py" or folder == "scripts")
]


# Calls that Ubuntu 20.04's SciPy 1.3 and Matplotlib 3.1 do not know.
TOO_NEW = r"\.(as_matrix|from_matrix|align_vectors)\(|maximize=|layout=\"cons"


def test_no_call_is_newer_than_the_libraries_of_noetic():
    found = {
        path.name: re.findall(TOO_NEW, path.read_text())
        for path in SOURCES
        if path.suffix == ".py" and path != Path(__file__)
    }
    assert {name: calls for name, calls in found.items() if calls} == {}


def test_message_constants_are_the_skeleton():
    constants = re.findall(
        r"^uint8 ([A-Z_]+)=(\d+)$", (ROOT / "msg/HumanPose.msg").read_text(), re.M
    )
    assert [(name.lower(), int(i)) for name, i in constants] == [
        (k, i) for i, k in enumerate(COCO18.keypoints)
    ]


def test_limbs_are_in_the_channel_order_of_the_public_networks():
    """Neck to right hip comes first, left eye to left ear last; each joint is reached; partners
    swap.
    """
    names = [(COCO18.keypoints[a], COCO18.keypoints[b]) for a, b in COCO18.limbs]
    assert names[0] == ("neck", "right_hip") and names[-1] == ("left_eye", "left_ear")
    assert {k for pair in names for k in pair} == set(COCO18.keypoints)
    assert [COCO18.flip_permutation[i] for i in COCO18.flip_permutation] == list(range(18))


def modules(*without):
    """Names of the package's modules but for those below the rooms given."""
    names = [
        p.relative_to(ROOT / "src")
        .with_suffix("")
        .as_posix()
        .replace("/", ".")
        .replace(".__init__", "")
        for p in sorted((ROOT / "src").rglob("*.py"))
    ]
    return [
        n
        for n in names
        if n.split(".")[1:2] not in [[room] for room in without] and not n.endswith("__main__")
    ]


def test_the_core_knows_no_ros():
    """Nor torch, but for the rooms that are about networks; nor do the settings of nodes."""
    names = [
        n
        for n in modules("ros", "networks", "training", "export")
        if not n.endswith(("_backend", "cuda_graphs"))
    ]
    assert len(names) > 60
    names += [n for n in modules() if n.startswith("lightweight_openpose.ros.settings")]
    code = f"""
import importlib, sys

class Missing:
    def find_spec(self, name, path, target=None):
        if name in ("rospy", "cv_bridge", "std_msgs", "sensor_msgs", "torch"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())
for name in {names}:
    importlib.import_module(name)
"""
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin"},
    )


def pose(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "lightweight_openpose", *map(str, arguments)],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=str(ROOT / "src"),
    )


@pytest.mark.parametrize("command", [(), *[(c,) for c in COMMANDS], ("models", "fetch")])
def test_help(command):
    result = pose(*command, "--help")
    assert result.returncode == 0 and "usage: pose" in result.stdout


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("image", "none.jpg", "--model", "nonsense"), "no model named 'nonsense'"),
        (("video", "none.mp4"), "does not exist"),
        (("evaluate", "--labels", "none.json", "--images", "none"), "does not exist"),
        (("image", "x.jpg", "--height", "7"), "'7' is not a whole number in 32..2048"),
        (("models", "fetch", "nonsense"), "known names"),
    ],
)
def test_errors_are_one_line(arguments, words):
    result = pose(*arguments)
    assert result.returncode == (2 if "--height" in arguments else 1)
    assert words in result.stderr and len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("script", ["custom_object.py", "decode.py", "train_throughput.py"])
def test_benchmarks_explain_themselves(script):
    pytest.importorskip("torch")
    path = ROOT / "benchmarks" / script
    result = subprocess.run(
        [sys.executable, str(path), "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(os.environ, PYTHONPATH=str(ROOT / "src")),
    )
    assert result.returncode == 0 and b"usage:" in result.stdout


MANIFEST = ElementTree.parse(str(ROOT / "package.xml"))
CMAKE = (ROOT / "CMakeLists.txt").read_text()


def test_the_maintainer_is_who_git_knows():
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("no git checkout that says who works on it")
    command = ["git", "-c", "safe.directory=*", "log", "--format=%an <%ae>"]
    known = set(subprocess.check_output(command, cwd=str(ROOT), text=True).splitlines())
    for person in MANIFEST.findall("maintainer") + MANIFEST.findall("author"):
        assert f"{person.text} <{person.get('email')}>" in known


def read_changelog(text):
    """(version, date, bullets) of each release, newest first, as catkin's tools read them."""
    changelog = pytest.importorskip("catkin_pkg.changelog")
    parsed = changelog.Changelog("lightweight_openpose")
    changelog.populate_changelog_from_rst(parsed, text)
    for version, date, content in parsed.foreach_version():
        lists = [part for part in content if isinstance(part, changelog.BulletList)]
        yield version, date.date().isoformat(), [str(b) for part in lists for b in part]


def test_catkin_reads_every_bullet_of_the_changelog():
    text = (ROOT / "CHANGELOG.rst").read_text()
    read = [bullet for *_, bullets in read_changelog(text) for bullet in bullets]
    _, _, released = re.split(r"^(\d+\.\d+\.\d+ \(.*\))$", text, maxsplit=1, flags=re.M)
    assert len(read) == len(re.findall(r"^\* ", released, re.M)) > 0


def test_catkin_would_lose_bullets_below_a_heading():
    """Why groups of the changelog are bold lines and no headings."""
    text = "1.0.0 (2030-01-02)\n------------------\n* a\n\nAdded\n^^^^^\n* b\n"
    assert [bullets for *_, bullets in read_changelog("Log\n===\n\n" + text)] == [["a"]]


def test_the_groups_of_a_release_are_those_of_keep_a_changelog():
    text = (ROOT / "CHANGELOG.rst").read_text()
    groups = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Renamed"}
    found = re.findall(r"^\*\*(\w+)(?:: .*)?\*\*$", text, re.M)
    assert set(found) <= groups and {"Added", "Changed", "Fixed"} <= set(found)


def test_the_version_is_the_same_wherever_it_stands():
    version = MANIFEST.findtext("version")
    (newest, date, _), *_ = read_changelog((ROOT / "CHANGELOG.rst").read_text())
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert version == newest == citation["version"]
    assert date == str(citation["date-released"])


def test_who_is_cited_is_who_wrote_package_xml():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    authors = [(person.get("name"), person.get("email")) for person in citation["authors"]]
    assert authors == [(tag.text, tag.get("email")) for tag in MANIFEST.findall("author")]
    assert citation["license"] == MANIFEST.findtext("license")


def test_cmake_installs_every_script_and_generates_every_message():
    listed = set(re.findall(r"\bscripts/(\w+(?:\.py)?)", CMAKE))
    assert listed == {path.name for path in (ROOT / "scripts").iterdir() if path.is_file()}
    messages = set(re.findall(r"\b(\w+\.(?:msg|srv))\b", CMAKE))
    assert messages == {path.name for kind in ("msg", "srv") for path in (ROOT / kind).iterdir()}


def test_the_aggregator_has_each_status_of_the_nodes_once():
    """Statuses are called `node: title`; CameraStream puts the camera and the images behind."""
    sources = "".join(p.read_text() for p in (ROOT / "src/lightweight_openpose/ros").rglob("*.py"))
    call = r"(?:\breport|publish_diagnostics|updater\.add)\(\s*\"([^\"]+)\""
    titles = set(re.findall(call + r"|self\.title = f?\"([a-z ]+)", sources))
    titles = {name for pair in titles for name in pair if name}
    (group,) = yaml.safe_load((ROOT / "config/diagnostic_aggregator.yaml").read_text())[
        "analyzers"
    ].values()
    assert group["type"] == "diagnostic_aggregator/AnalyzerGroup"
    patterns = [text for each in group["analyzers"].values() for text in each["contains"]]
    for title in titles:
        assert sum(pattern in f"front/some_node: {title}" for pattern in patterns) == 1, title
    assert {f": {title}" for title in titles} == set(patterns)
