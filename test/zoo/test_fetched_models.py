"""Models that are fetched: where their files may lie, and what is said of them."""

from lightweight_openpose.cli.program import main
from lightweight_openpose.zoo import catalogue as zoo
from lightweight_openpose.zoo import download


def test_a_file_is_found_in_a_folder_of_any_name(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv(zoo.FOLDERS_VARIABLE, str(tmp_path / "models"))
    entries, _ = zoo.read_entries()
    for name in ("mediapipe-hand", "mediapipe-hand-lite"):
        entry = entries[name]
        assert zoo.locate(entry) is None
        path = tmp_path / "models" / "hands of others" / entry.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
        assert zoo.resolve(name) == (entry, path)


def test_a_fetch_says_the_licence(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv(zoo.FOLDERS_VARIABLE, "")
    monkeypatch.setattr(download, "fetch", lambda entry, progress: tmp_path / entry.file)
    assert main(["models", "fetch", "mediapipe-hand"]) == 0
    said = capsys.readouterr().out
    assert "hand_landmark_full.tflite" in said and "licence: Apache-2.0, MediaPipe" in said


def test_what_is_fetched_names_its_licence_and_its_hash_or_pins_it():
    for entry in zoo.read_entries()[0].values():
        assert bool(entry.licence) == any(item.url for item in entry.files)
