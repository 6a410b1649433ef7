import importlib.util
import sys
from pathlib import Path

import pytest
from edgevid_train.evaluation.events.report import evaluate_events
from edgevid_train.evaluation.events.result import read_result
from edgevid_train.evaluation.events.truth import TrueDrive, TrueSegment
from edgevid_train.evaluation.events.writing import read_events_report, write_events_report

from tests.event_files import event, session, state, write_lines

TOOLS = Path(__file__).parents[3] / "tools"


@pytest.fixture
def page(monkeypatch):
    monkeypatch.syspath_prepend(TOOLS)
    spec = importlib.util.spec_from_file_location("events_page", TOOLS / "events_page.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "events_page", module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def report(tmp_path):
    lines = [state("ok", 0.0), event("drinking", 9, 21, level=2, detected=10)]
    result = read_result(write_lines(tmp_path / "x.jsonl", session("x.mp4"), *lines))
    truth = TrueDrive(Path("x.mp4"), "anna", (TrueSegment(8, 20, "drinking"),), 3600.0)
    write_events_report(evaluate_events([(truth, result)]), tmp_path / "report")
    return tmp_path / "report"


def test_a_stored_report_becomes_a_page(page, report, tmp_path):
    folder = tmp_path / "docs" / "events_benchmark"
    page.store(report, folder)
    (folder / "intro.md").write_text("What it says.\n")

    text = page.events_page(folder, "<!-- generated -->\n\n")

    assert text.startswith("# How good events are\n\n<!-- generated -->\n\nWhat it says.\n")
    assert "| F1 at IoU 0.5 | ≥ 0.80 | 1.00 |" in text
    assert "| false alerts an hour at level 2 or higher | ≤ 0.5 | 0.00 |" in text
    assert "onset of the hold, s | ≤ 1.5 | 2.00 |" in text
    assert "](events_benchmark/timeline.png)" in text
    assert "curve.png" not in text
    stored = read_events_report(folder / "report.json")
    assert (stored.mistakes, stored.drives) == ((), ())
    assert stored.overall == read_events_report(report / "report.json").overall
