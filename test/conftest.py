"""Finds the source tree, and the optional folder of shared data."""
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Behind the workspace, whose package holds the generated messages too.
sys.path.append(str(ROOT / "src"))
SHARED = Path(os.environ.get("LIGHTWEIGHT_OPENPOSE_SHARED", ROOT.parent / "shared"))
if (SHARED / "models").is_dir():
    os.environ.setdefault("LIGHTWEIGHT_OPENPOSE_MODELS", str(SHARED / "models"))


@pytest.fixture(scope="session")
def shared():
    if not SHARED.is_dir():
        pytest.skip("no folder of shared data")
    return SHARED
