"""tools/setup.sh where something that it needs is missing."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_a_user_without_sudo_is_told_to_be_root(tmp_path):
    program = tmp_path / "id"
    program.write_text("#!/bin/sh\necho 1000\n")
    program.chmod(0o755)
    script = (ROOT / "tools" / "setup.sh").read_text()
    function = script[script.index("as_root() {") :].split("\n}\n")[0] + "\n}\n"
    result = subprocess.run(
        ["/bin/bash", "-c", function + "as_root echo installed"],
        env=dict(os.environ, PATH=str(tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "setup: sudo is not installed: run this as root\n"
