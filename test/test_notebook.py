"""doc/demo.ipynb runs from top to bottom with what is installed, and draws what it tells of."""

import base64
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from lightweight_openpose.backends.choice import installed, reads

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")
for package in ("av", "matplotlib"):
    pytest.importorskip(package)

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "doc" / "demo.ipynb"
SECONDS = 180  # that a cell may take on a busy machine


def outputs(cell):
    """What a cell printed, and the pictures (H, W, 3) that it drew."""
    text = "".join(o["text"] for o in cell.outputs if o.output_type == "stream")
    data = [o["data"]["image/png"] for o in cell.outputs if "image/png" in o.get("data", {})]
    pictures = [np.frombuffer(base64.b64decode(png), np.uint8) for png in data]
    return text, [cv2.imdecode(picture, cv2.IMREAD_COLOR) for picture in pictures]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """{heading: (text, pictures)} of the notebook, run in a kernel of its own."""
    folder = tmp_path_factory.mktemp("jupyter")
    notebook = nbformat.read(str(NOTEBOOK), 4)
    environment = dict(
        os.environ,
        IPYTHONDIR=str(folder),
        JUPYTER_RUNTIME_DIR=str(folder),
        PYTHONPATH=os.pathsep.join(filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH")])),
    )
    environment.pop("LIGHTWEIGHT_OPENPOSE_MODELS", None)
    environment.pop("MPLBACKEND", None)
    client = nbclient.NotebookClient(notebook, timeout=SECONDS, kernel_name="python3")
    client.execute(cwd=str(folder), env=environment)
    found, heading = {}, ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heading = cell.source.splitlines()[0].lstrip("# ")
        else:
            found[heading] = outputs(cell)
    return found


needs_runtime = pytest.mark.skipif(
    not (reads(Path("any.xml")) or reads(Path("any.onnx")) or installed("torch")),
    reason="no runtime",
)


@needs_runtime
def test_every_part_draws_and_tells(run):
    assert list(run)[1:] == [
        "An image",
        "Heatmaps and part affinity fields",
        "Where a head points",
        "A video",
        "An object of your own",
    ]
    assert [len(pictures) for _, pictures in run.values()] == [0, 1, 1, 1, 1, 1]
    for _, (picture,) in list(run.values())[1:]:
        assert picture.std() > 30 and min(picture.shape[:2]) > 200
    text, _ = run["An image"]
    assert "nose" in text and "left_shoulder" in text
    assert "yaw, pitch, roll: [25. 50. 10.] degrees" in run["An object of your own"][0]


def test_it_is_stored_without_outputs():
    cells = nbformat.read(str(NOTEBOOK), 4).cells
    assert all(not c.outputs and c.execution_count is None for c in cells if "outputs" in c)
