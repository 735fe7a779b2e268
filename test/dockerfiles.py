"""Reads Dockerfiles, and runs one where there is no Docker.

As root: dockerfiles.py DOCKERFILE BASE IMAGES [COMMAND...]. BASE is the root file system that
stands for the first FROM (debootstrap makes Debian's), with the settings of apt and pip that the
machine needs. The stages are built in the folder IMAGES, and COMMAND is given to the entry point of
the last one.
"""

import fnmatch
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def instructions(path):
    """Pairs (keyword, arguments), without comments, each on one line."""
    text = re.sub(r"^\s*#.*\n", "", Path(path).read_text(), flags=re.M)
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if line.strip():
            yield tuple(line.split(None, 1))


def stages(path):
    """Triples (base, name or "", instructions), one for each FROM."""
    found = []
    for keyword, arguments in instructions(path):
        if keyword == "FROM":
            base, _, name = arguments.partition(" AS ")
            found.append((base, name, []))
        else:
            found[-1][2].append((keyword, arguments))
    return found


def context():
    """Files that COPY sees, relative to the repository: those git knows, less .dockerignore."""
    listing = ["git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"]
    listed = subprocess.check_output(listing, cwd=str(ROOT)).decode().split("\0")
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    return [n for n in listed if (ROOT / n).is_file() and not any(ignores(p, n) for p in patterns)]


def ignores(pattern, name):
    """True where a pattern leaves a file out. Those of the kinds NAME and **/NAME are known."""
    parts = name.split("/")
    if pattern.startswith("**/"):
        return any(fnmatch.fnmatch(part, pattern[3:]) for part in parts)
    return fnmatch.fnmatch(parts[0], pattern)


class Image:
    """The root file system of a stage, and the settings that its instructions leave."""

    def __init__(self, base, folder):
        subprocess.run(["cp", "-a", str(base), str(folder)], check=True)
        self.folder = folder
        self.user = "root"
        self.home = "/root"
        self.workdir = "/"
        self.entrypoint = []

    def run(self, *words):
        """Runs a command in it, with the machine's /proc and /dev."""
        mounts = [self.folder / name for name in ("proc", "dev")]
        for place in mounts:
            subprocess.run(["mount", "--bind", f"/{place.name}", str(place)], check=True)
        try:
            chroot = ("chroot", "--groups=", f"--userspec={self.user}", str(self.folder))
            there = ("env", f"HOME={self.home}", "sh", "-c", 'cd "$0" && exec "$@"', self.workdir)
            subprocess.run([*chroot, *there, *words], check=True)
        finally:
            for place in mounts:
                subprocess.run(["umount", str(place)], check=True)

    def copy(self, arguments, images):
        """Copies a file of the repository, all of them, or a folder of another stage."""
        *options, source, target = arguments.split()
        place = self.folder / self.workdir.lstrip("/") / target.lstrip("/")
        if target.startswith("/"):
            place = self.folder / target.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        if options:
            origin = images[options[0].split("=")[1]].folder
            shutil.copytree(str(origin / source.lstrip("/")), str(place), symlinks=True)
        elif source == ".":
            for name in context():
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(ROOT / name), str(place / name))
        else:
            shutil.copy(str(ROOT / source), str(place))

    def follow(self, keyword, arguments, images):
        """Does what an instruction says."""
        print("==", keyword, arguments, flush=True)
        if keyword == "RUN":
            self.run("sh", "-c", arguments)
        elif keyword == "COPY":
            self.copy(arguments, images)
        elif keyword == "USER":
            self.user = arguments
            self.home = f"/home/{arguments}"
        elif keyword == "WORKDIR":
            self.workdir = arguments
            (self.folder / arguments.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif keyword == "ENTRYPOINT":
            self.entrypoint = json.loads(arguments)
        elif keyword != "CMD":
            sys.exit(f"{keyword} is not known here")


def main(dockerfile, base, folder, *command):
    """Builds the stages, and starts the last one with a command."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    images = {}
    for parent, name, steps in stages(dockerfile):
        origin = images[parent].folder if parent in images else base
        images[name] = Image(origin, Path(folder) / (name or "image"))
        for keyword, arguments in steps:
            images[name].follow(keyword, arguments, images)
    images[name].run(*images[name].entrypoint, *(command or ("true",)))


if __name__ == "__main__":
    main(*sys.argv[1:])
