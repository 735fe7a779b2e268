"""What pip installs is what catkin exports, and it finds people on a machine without ROS."""

import json
import os
import re
import runpy
import shutil
import site
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path
from xml.etree import ElementTree

import cv2
import pytest
import yaml

setuptools = pytest.importorskip("setuptools")  # Python 3.12 and newer come without it
pytest.importorskip("catkin_pkg")

ROOT = Path(__file__).resolve().parents[1]
SHARE = "share/lightweight_openpose/"
VERSION = ElementTree.parse(str(ROOT / "package.xml")).findtext("version")
ROS = ("rospy", "rosbag", "roslib", "genpy", "cv_bridge", "std_msgs", "sensor_msgs")


def run(*command, **options):
    """Standard output of a command, which has to succeed."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    result = subprocess.run([str(word) for word in command], **pipes, **options)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def sources():
    """Files of a checkout that git does not ignore, relative to it."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("no git checkout that says which files belong to the package")
    trusted = ("-c", "safe.directory=*")  # a checkout that another user owns is read too
    wanted = ("-z", "--cached", "--others", "--exclude-standard")
    listed = run("git", *trusted, "ls-files", *wanted, cwd=str(ROOT)).split("\0")
    return [name for name in listed if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel that pip makes of the sources; their own folder is left alone."""
    if int(setuptools.__version__.split(".")[0]) < 61:
        pytest.skip("setuptools is older than pyproject.toml asks for")
    copy = tmp_path_factory.mktemp("copy")
    for name in sources():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(str(ROOT / name), str(copy / name))
    built = tmp_path_factory.mktemp("wheel")
    build = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index")
    run(sys.executable, *build, "--wheel-dir", built, copy)
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def metadata(wheel):
    with zipfile.ZipFile(str(wheel)) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


@pytest.fixture(scope="module")
def installation(wheel, tmp_path_factory):
    """Prefix of a virtual environment that holds the wheel, lent this one's packages but no ROS."""
    prefix = tmp_path_factory.mktemp("installation").resolve()
    run(sys.executable, "-m", "venv", "--without-pip", prefix)
    python = prefix / "bin" / "python"
    packages = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    lent = [folder for folder in site.getsitepackages() if os.path.isdir(folder)]
    without_ros = f"import sys; sys.modules.update(dict.fromkeys({ROS}))"
    Path(packages, "lent.pth").write_text("\n".join([*lent, without_ros]) + "\n")
    install = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-index")
    run(python, *install, wheel, env=bare_environment(prefix))
    return prefix


def bare_environment(home):
    """No workspace, no folder of models, an empty cache, and a network that leads nowhere."""
    network = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
    return {"PATH": "/usr/bin:/bin", "HOME": str(home), **network}


def requirements(path):
    """Lines of a requirements file and of those it includes, without comments."""
    for line in (ROOT / path).read_text().splitlines():
        if line.startswith("-r "):
            yield from requirements(line[3:])
        elif line and not line.startswith("#"):
            yield line


def name_of(requirement):
    return re.match(r"[\w.-]+", requirement).group().lower().replace("_", "-")


def catkin_arguments(monkeypatch):
    """What catkin_python_setup() sees: it runs setup.py with a stand-in for setup()."""
    seen = {}
    monkeypatch.setattr(setuptools, "setup", seen.update)
    monkeypatch.chdir(ROOT)
    runpy.run_path("setup.py")
    return seen


def test_catkin_and_pip_get_every_folder_of_the_package(monkeypatch, wheel):
    modules = {p.relative_to(ROOT / "src").as_posix() for p in (ROOT / "src").rglob("*.py")}
    folders = {os.path.dirname(m) for m in modules}
    arguments = catkin_arguments(monkeypatch)
    assert {p.replace(".", "/") for p in arguments["packages"]} == folders
    assert arguments["package_dir"] == {"": "src"} and arguments["version"] == VERSION
    with zipfile.ZipFile(str(wheel)) as archive:
        assert {n for n in archive.namelist() if n.endswith(".py")} == modules


def test_the_wheel_holds_the_data_files_of_the_core(wheel):
    with zipfile.ZipFile(str(wheel)) as archive:
        held = {n.split(SHARE)[1] for n in archive.namelist() if SHARE in n}
    wanted = ("config", "models", "web", "package.xml", "LICENSE", "NOTICE")
    assert held == {n for n in sources() if n.split("/")[0] in wanted}


def test_name_and_version_are_those_of_package_xml(metadata):
    assert name_of(metadata["Name"]) == "lightweight-openpose" and metadata["Version"] == VERSION
    assert metadata["License"] == "Apache-2.0" and metadata["Requires-Python"] == ">=3.8"


def test_what_the_core_needs_is_the_same_for_apt_and_pip(metadata):
    document = ElementTree.parse(str(ROOT / "package.xml"))
    from_apt = {tag.text for tag in document.iter("exec_depend") if tag.text.startswith("python3-")}
    from_pip = {name_of(r) for r in metadata.get_all("Requires-Dist") if "extra ==" not in r}
    assert from_pip == {"av", "numpy", "opencv-python-headless", "scipy", "tqdm", "pyyaml"}
    # aiohttp and matplotlib are asked for by the page and the plots.
    assert from_apt == {f"python3-{n}" for n in ("numpy", "opencv", "scipy", "tqdm", "yaml")}


def test_the_extras_are_the_requirement_files(metadata):
    extras = {name: set() for name in metadata.get_all("Provides-Extra")}
    for requirement in metadata.get_all("Requires-Dist"):
        for name in re.findall(r"extra == [\"'](\w+)", requirement):
            extras[name].add(name_of(requirement))
    assert set(extras) == {"openvino", "onnxruntime", "torch", "train", "web"}
    runtimes = extras["openvino"] | extras["torch"] | {"av"}  # av: the core needs it
    assert extras["train"] - {"lightweight-openpose"} | runtimes == {
        name_of(r) for r in requirements("requirements-train.txt")
    }
    assert extras["openvino"] | {"av"} == {name_of(r) for r in requirements("requirements.txt")}
    for name in ("onnxruntime", "web"):
        assert extras[name] <= {name_of(r) for r in requirements("requirements-test.txt")}


def test_a_commit_is_checked_by_the_versions_of_make_test():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    tested = {r.split(";")[0].strip() for r in requirements("requirements-test.txt")}
    for hook in hooks:
        assert hook["additional_dependencies"][0] in tested
    assert {h["id"] for h in hooks} == {"ruff", "ruff-format", "mypy", "import-linter", "vermin"}


def test_the_installed_core_knows_no_ros(installation):
    code = (
        "import importlib.util, sys\n"
        "from lightweight_openpose.estimation import PoseEstimator\n"
        "from lightweight_openpose.files import share_dir\n"
        "print(sys.modules['rospy'], share_dir(), sep='\\n')"
    )
    options = {"env": bare_environment(installation), "cwd": str(installation)}
    printed = run(installation / "bin" / "python", "-c", code, **options).splitlines()
    assert printed == ["None", str(installation / SHARE)]


def test_pose_says_its_version(installation):
    printed = run(installation / "bin" / "pose", "--version", env=bare_environment(installation))
    assert printed == f"lightweight_openpose {VERSION}\n"


def test_pose_image_finds_the_walker_with_the_model_of_the_wheel(installation, tmp_path):
    photograph = cv2.imread(str(ROOT / "doc/own_model.jpg"))[60:400, 980:1400]
    cv2.imwrite(str(tmp_path / "walker.png"), photograph)
    options = {"env": bare_environment(tmp_path), "cwd": str(tmp_path)}
    run(installation / "bin" / "pose", "image", "walker.png", "--output", "out", **options)
    poses = json.loads((tmp_path / "out" / "walker.json").read_text())["poses"]
    best = max(poses, key=lambda pose: pose["score"])
    nose = best["keypoints"][0]
    assert best["score"] > 0.4 and nose[:2] == pytest.approx((264, 170), abs=6)
    assert sum(keypoint is not None for keypoint in best["keypoints"]) >= 15
