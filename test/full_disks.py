"""Disks for the tests that fill at a size of one's choice."""

import contextlib
import resource
import subprocess

import pytest


@contextlib.contextmanager
def disk_full_after(size):
    """Files cannot become longer than this [bytes]."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def small_disk(folder, size):
    """An empty disk of so many bytes at a new folder; the test is skipped without the right."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(mount, stdout=subprocess.PIPE, stderr=subprocess.PIPE).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
