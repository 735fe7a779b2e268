import hashlib
import http.server
import threading

import pytest

from lightweight_openpose.zoo import catalogue as zoo
from lightweight_openpose.zoo import download
from lightweight_openpose.zoo.catalogue import BadDownload, ModelEntry, ModelFile, ModelNotFound

DATA = bytes(range(256)) * 2000
SHA = hashlib.sha256(DATA).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    ranges = []

    def do_GET(self):
        start = int(self.headers.get("Range", "bytes=0-").split("=")[1].rstrip("-"))
        Handler.ranges.append(start)
        if self.path != "/model.bin":
            self.send_error(404)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(DATA) - start))
        self.end_headers()
        self.wfile.write(DATA[start:])

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    Handler.ranges.clear()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()


def entry(url, sha=SHA, size=len(DATA)):
    return ModelEntry("m", "model.bin", (ModelFile("model.bin", url, size, sha),))


def test_fetch_verifies_and_reports_progress(server, tmp_path):
    seen = []
    path = download.fetch(entry(server + "/model.bin"), tmp_path, lambda *a: seen.append(a))
    assert path.read_bytes() == DATA and seen[-1] == ("model.bin", len(DATA), len(DATA))
    assert [p.name for p in tmp_path.iterdir()] == ["model.bin"]


def test_fetch_resumes(server, tmp_path):
    (tmp_path / "model.bin.part").write_bytes(DATA[:1234])
    assert download.fetch(entry(server + "/model.bin"), tmp_path).read_bytes() == DATA
    assert Handler.ranges == [1234]


def test_a_wrong_beginning_is_fetched_again(server, tmp_path):
    (tmp_path / "model.bin.part").write_bytes(b"x" * 1234)
    assert download.fetch(entry(server + "/model.bin"), tmp_path).read_bytes() == DATA
    assert Handler.ranges == [1234, 0]


def test_a_wrong_hash_leaves_nothing(server, tmp_path):
    with pytest.raises(BadDownload, match="model m: .*sha256 .*expected 000"):
        download.fetch(entry(server + "/model.bin", sha="0" * 64), tmp_path)
    assert not list(tmp_path.iterdir())


def test_no_network_and_no_file_say_what_to_do(server, tmp_path):
    for url in ("http://127.0.0.1:9/model.bin", server + "/other.bin"):
        with pytest.raises(BadDownload, match="cannot fetch model.bin.*by hand"):
            download.fetch(entry(url), tmp_path)


def test_an_unknown_hash_is_pinned_at_first_use(server, tmp_path):
    unknown = entry(server + "/model.bin", sha=None, size=None)
    path = download.fetch(unknown, tmp_path)
    assert (tmp_path / "model.bin.sha256").read_text().strip() == SHA
    path.write_bytes(b"changed")
    with pytest.raises(BadDownload, match="expected " + SHA):
        download.fetch(unknown, tmp_path)


def test_search_order_and_the_command_to_run(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv(zoo.FOLDERS_VARIABLE, f"{tmp_path / 'a'}:{tmp_path / 'b'}")
    with pytest.raises(ModelNotFound, match="run: pose models fetch human-pose-estimation-0001"):
        zoo.resolve("human-pose-estimation-0001")
    for folder in ("b", "a"):
        target = tmp_path / folder / "human-pose-estimation-0001"
        target.mkdir(parents=True)
        (target / "human-pose-estimation-0001.xml").write_text("x")
        # alone, the xml is no model
        assert folder == "b" or zoo.resolve(target.name)[1].parents[1].name == "b"
        (target / "human-pose-estimation-0001.bin").write_text("x")
        assert zoo.resolve(target.name)[1].parents[1].name == folder
    with pytest.raises(BadDownload, match="has 1 bytes, expected 426156"):
        zoo.verify(*zoo.resolve(target.name))


def test_unknown_names_list_the_known():
    with pytest.raises(ModelNotFound, match="no model named 'nonsense'.*lightweight-openpose"):
        zoo.resolve("nonsense")


def test_a_file_by_path_is_a_known_model_where_its_size_agrees(tmp_path):
    ours = zoo.share_dir() / "models" / "own-fast.pth"
    copy, other = tmp_path / ours.name, tmp_path / "own.pth"
    copy.write_bytes(ours.read_bytes())
    other.write_bytes(ours.read_bytes())  # somebody's own network under a name of ours
    assert zoo.resolve(str(copy))[0].name == "own-fast" and zoo.resolve(str(copy))[0].known
    assert zoo.resolve(str(other))[0].name == "own" and not zoo.resolve(str(other))[0].known
    assert zoo.resolve(str(other))[1] == other


def test_a_fetched_model_by_path_may_have_another_size(tmp_path):
    """Its publisher has it in other precisions under one name, and it says nothing of itself."""
    other = tmp_path / "human-pose-estimation-0001.xml"
    other.write_text("<net/>")
    found, _ = zoo.resolve(str(other))
    assert found.known and found.spec.mean == (0, 0, 0)
