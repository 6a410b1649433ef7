"""Events of the Python API as a data frame."""

import doctest
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
from edgevid_batch import events_to_pandas
from edgevid_batch.tables import schemas

from edgevid import ConfigError, event_record
from edgevid.testing import make_event, make_run_info

EVENT = make_event()
DRIVE = Path(__file__).parents[3] / "examples" / "rendered_drive.mp4"


@pytest.mark.parametrize("event", [EVENT, event_record(EVENT, make_run_info())])
def test_events_and_records_have_the_columns_of_the_table(event):
    frame = events_to_pandas([event, event], drive="a.mp4")

    assert list(frame.columns) == schemas(())["events"].names
    assert frame["drive"].tolist() == ["a.mp4", "a.mp4"]
    assert frame.loc[0, ["id", "label", "group"]].tolist() == [EVENT.id, EVENT.label, EVENT.name]
    assert frame.loc[0, "duration_seconds"] == EVENT.duration_seconds
    assert frame["start_seconds"].dtype == "float64"


def test_no_events_give_an_empty_frame_with_all_columns():
    frame = events_to_pandas([])
    assert isinstance(frame, pd.DataFrame)
    assert (len(frame), list(frame.columns)) == (0, schemas(())["events"].names)


def test_without_pandas_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "pandas")
    with pytest.raises(ConfigError, match="pip install pandas"):
        events_to_pandas([])


def test_the_example_runs_as_it_stands(tmp_path, monkeypatch):
    shutil.copy(DRIVE, tmp_path / "drive.mp4")
    monkeypatch.chdir(tmp_path)
    example = doctest.DocTestParser().get_doctest(
        events_to_pandas.__doc__, {}, "events_to_pandas", None, 0
    )
    output = []
    results = doctest.DocTestRunner().run(example, out=output.append)
    assert results.failed == 0, "".join(output)
