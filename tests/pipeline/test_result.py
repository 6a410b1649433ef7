"""Writing ``run.json``."""

import json

import pytest

from edgevid.errors import SinkError

from ..full_disk import full_disk
from .stream_parts import build
from .test_pipeline import at_rate


@pytest.fixture(scope="module")
def result():
    pipeline, _ = build({"script": at_rate(10, 1)})
    return pipeline.run()


def test_it_is_written_whole_into_a_new_folder(result, tmp_path):
    result.write(tmp_path / "out" / "run.json")
    assert json.loads((tmp_path / "out" / "run.json").read_text())["status"] == "finished"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["run.json"]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(result, tmp_path):
    path = tmp_path / "run.json"
    path.write_text("old")
    with full_disk(10), pytest.raises(SinkError, match=r"run\.json: cannot write .*File too large"):
        result.write(path)
    assert path.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_folder_in_its_place_is_refused_and_nothing_is_left(result, tmp_path):
    (tmp_path / "run.json").mkdir()
    with pytest.raises(SinkError, match=r"run\.json: cannot write .*[Dd]irectory"):
        result.write(tmp_path / "run.json")
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
