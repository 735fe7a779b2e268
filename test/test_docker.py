"""The images, the compose file, the workflow and RoboStack's environment name what there is."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from dockerfiles import ROOT, context, ignores, instructions, stages

DOCKERFILES = sorted((ROOT / "docker").glob("Dockerfile.*"))
DEBIAN = ROOT / "docker" / "Dockerfile.debian"
BASES = [path.suffix[1:] for path in DOCKERFILES]
of_each_image = pytest.mark.parametrize("path", DOCKERFILES, ids=BASES)


def apt_packages(path):
    """What apt installs in the image; tools/setup.sh adds more in the stage that builds alone."""
    commands = " ".join(text for keyword, text in instructions(path) if keyword == "RUN")
    words = re.search(r"apt-get install ([^&]*)", commands).group(1).split()
    return [word for word in words if not word.startswith("-")]


def dependencies(*more):
    """Packages that the package needs when it runs, by their names in package.xml."""
    document = ElementTree.parse(str(ROOT / "package.xml"))
    tags = [tag for kind in ("depend", "exec_depend", *more) for tag in document.iter(kind)]
    return {tag.text for tag in tags} - {"message_runtime"}  # nothing of Python's


def ros_names(names, prefix):
    return {n if n.startswith("python3-") else prefix + n.replace("_", "-") for n in names}


def load(name):
    return yaml.safe_load((ROOT / name).read_text())


def copies(path):
    """Pairs of a stage, image or None for the repository, and the file that is copied."""
    for keyword, text in instructions(path):
        if keyword == "COPY":
            *options, source, _ = text.split()
            yield options[0].split("=")[1] if options else None, source


def unknown_launch(command):
    """What is wrong with the words after `roslaunch [--wait] lightweight_openpose`."""
    name, *settings = re.search(r"lightweight_openpose (.*)", command).group(1).split()
    path = ROOT / "launch" / name
    if not path.exists():
        return [name]
    known = {arg.get("name") for arg in ElementTree.parse(str(path)).getroot().findall("arg")}
    return [setting for setting in settings if setting.split(":=")[0] not in known]


def test_there_is_an_image_for_each_system():
    assert BASES == ["debian", "jetson", "noetic"]


@of_each_image
def test_what_is_copied_is_there(path):
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("no git checkout that says which files belong to the package")
    sent = context()
    stage_names = {name for _, name, _ in stages(path)}
    for origin, source in copies(path):
        if origin is None:
            assert source == "." or source in sent
        else:
            assert origin in stage_names or origin.startswith("ros:")
    needed = ("models/own-int8.bin", "tools/setup.sh", "requirements.txt", "NOTICE")
    assert set(needed) <= set(sent) and not any(n.startswith(("doc/", ".git")) for n in sent)


@of_each_image
def test_it_holds_what_package_xml_asks_for(path):
    prefix = "python3-" if path == DEBIAN else "ros-noetic-"
    optional = {"python3-aiohttp", "python3-matplotlib"}  # of the page and of `pose plot`
    assert ros_names(dependencies(), prefix) | optional <= set(apt_packages(path))


def test_apt_of_debian_knows_each_package():
    release = Path("/etc/os-release")
    if shutil.which("apt-cache") is None or 'VERSION_ID="12"' not in release.read_text():
        pytest.skip("not Debian 12")
    if not list(Path("/var/lib/apt/lists").glob("*_Packages*")):
        pytest.skip("apt has no lists; apt-get update fetches them")
    names = apt_packages(DEBIAN)
    shown = subprocess.check_output(["apt-cache", "policy", *names], universal_newlines=True)
    known = re.findall(r"^(\S+):\n.*\n  Candidate: (?!\(none\))", shown, re.M)
    assert sorted(known) == sorted(names)


@of_each_image
def test_it_runs_as_a_user_and_holds_neither_sources_nor_tests(path):
    built, last = stages(path)[1:]
    assert [text for keyword, text in last[2] if keyword == "USER"] == ["ros"]
    assert "setup.sh test" not in str(built)
    copied = [text.split()[1].split("/")[-1] for keyword, text in last[2] if keyword == "COPY"]
    assert copied == [".venv", "install", "entrypoint.sh"]


@of_each_image
def test_an_image_that_was_not_built_says_so_at_its_top(path):
    top = path.read_text().split("FROM")[0]
    assert ("Not built here" in top) == (path != DEBIAN)
    assert f"docker build -f docker/{path.name} " in top


def test_the_entry_point_starts_a_command_with_its_options(tmp_path):
    path = ROOT / "docker" / "entrypoint.sh"
    assert os.access(str(path), os.X_OK)
    # Like catkin's, this one would take the options for its own.
    (tmp_path / "setup.bash").write_text('[ "$*" = -- ] || echo "read $*"\n')
    script = path.read_text().replace("/opt/lightweight_openpose/install", str(tmp_path))
    command = ["bash", "-c", script, "entrypoint.sh", "printf", "%s,", "--local", "a b"]
    assert subprocess.check_output(command, universal_newlines=True) == "--local,a b,"


def test_the_services_of_compose_start_what_there_is():
    services = load("docker/compose.yaml")["services"]
    assert list(services) == ["master", "camera", "people"]
    for service in services.values():
        build = service["build"]
        assert (ROOT / "docker" / build["context"]).resolve() == ROOT
        pattern, default = re.fullmatch(r"(.*)\$\{BASE:-(\w+)\}", build["dockerfile"]).groups()
        assert {pattern + base for base in BASES} == {f"docker/{p.name}" for p in DOCKERFILES}
        assert default == "debian"
    assert services["master"]["command"] == "roscore"
    assert services["camera"]["devices"] == ["${CAMERA:-/dev/video0}:/dev/video0"]
    for name in ("camera", "people"):
        assert unknown_launch(services[name]["command"]) == []


def test_the_workflow_runs_what_there_is():
    jobs = load(".github/workflows/test.yml")["jobs"]
    assert jobs["test"]["strategy"]["matrix"]["container"] == [
        "debian:12",
        "debian:13",
        "ros:noetic-perception",
    ]
    assert set(jobs["image"]["strategy"]["matrix"]["base"]) < set(BASES)
    steps = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M)
    made = [word for step in steps for word in re.findall(r"^make (\w+)", step)]
    assert made == ["test", "docs"] and set(made) <= set(targets)


WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_runs_pinned_actions_and_files_that_are_there(path):
    steps = [step for job in load(path)["jobs"].values() for step in job.get("steps", ())]
    used = [step["uses"] for step in steps if "uses" in step]
    assert [name for name in used if not re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", name)] == []
    commands = "\n".join(step["run"] for step in steps if "run" in step)
    files = re.findall(r"\b(?:tools|docker)/[\w.]+\.\w+", commands.replace("$BASE", "debian"))
    assert files and all((ROOT / name).exists() for name in files)
    assert "${{" not in commands  # nothing of an event becomes a command


def test_a_release_writes_in_its_last_job_alone_and_after_all_others():
    jobs = load(".github/workflows/release.yml")["jobs"]
    rights = {name: job["permissions"] for name, job in jobs.items()}
    last = rights.pop("release")
    assert last == {"contents": "write"} and set(jobs["release"]["needs"]) == set(rights)
    assert all(given == {"contents": "read"} for given in rights.values())
    assert set(jobs["images"]["strategy"]["matrix"]["base"]) == set(BASES) - {"jetson"}


def test_notes_of_a_release_are_those_of_the_changelog_and_of_its_tag_alone():
    command = [sys.executable, str(ROOT / "tools/release_notes.py")]
    version = ElementTree.parse(str(ROOT / "package.xml")).findtext("version")
    notes = subprocess.check_output([*command, version], text=True)
    assert notes.count("\n* ") > 50 and "\n| --- |" in notes and "``" not in notes
    other = subprocess.run([*command, "0.0.1"], stderr=subprocess.PIPE, text=True)
    assert other.returncode == 1
    assert other.stderr == f"the tag is 0.0.1, but package.xml has version {version}\n"


def test_robostack_holds_what_pip_and_apt_would():
    *conda, last = load("environment.yml")["dependencies"]
    required = (ROOT / "requirements.txt").read_text().splitlines()
    assert last == {"pip": [line for line in required if not line.startswith("#")]}
    names = {re.match(r"[\w-]+", entry).group() for entry in conda}
    wanted = ros_names(dependencies("build_depend"), "ros-noetic-")
    as_conda_has_it = {"python3-yaml": "pyyaml"}
    assert {as_conda_has_it.get(n, n.replace("python3-", "")) for n in wanted} <= names


@pytest.mark.parametrize(
    "pattern, name, left_out",
    [
        (".*", ".git/config", True),
        (".*", "src/.hidden", False),
        ("doc", "doc/demo.png", True),
        ("doc", "src/doc/demo.png", False),
        ("**/*.pyc", "src/a/b.pyc", True),
    ],
)
def test_the_context_follows_dockerignore(pattern, name, left_out):
    assert ignores(pattern, name) == left_out
