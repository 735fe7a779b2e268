"""Many frames through the core take no more memory, threads and files; the long run is a command."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_thousand_frames_leave_nothing_behind():
    command = (sys.executable, str(ROOT / "test" / "campaign" / "soak.py"), "--synthetic", "1000")
    run = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in sys.path if p)),
    )
    assert run.returncode == 0, run.stdout.decode()
