"""The deliberate faults of ``make mutants`` fit the code; whether tests notice them is its work."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def mutants(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    import mutants

    return mutants


def test_every_line_and_every_test_file_is_where_it_can_be_found(mutants):
    listed = mutants.files()

    assert len(mutants.FAULTS) == 10
    for fault in mutants.FAULTS:
        path, tests = mutants.find(listed, fault)
        assert path.suffix == ".py"
        assert tests


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"line": "no such line anywhere"}, "must stand once, and stands in: nowhere; update"),
        ({"line": "from __future__ import annotations"}, "must stand once, and stands in: .*, "),
        ({"tests": ("test_nothing.py",)}, r"one test file test_nothing\.py, and there are: \[\]"),
    ],
)
def test_a_line_that_has_changed_is_named(mutants, change, message):
    fault = mutants.FAULTS[0]._replace(**change)

    with pytest.raises(mutants.MisfitError, match=f"{fault.name}: .*{message}"):
        mutants.find(mutants.files(), fault)


def test_an_unknown_name_lists_those_there_are(mutants, capsys):
    assert mutants.main(["nonsense"]) == 2
    assert "unknown: nonsense; known: shift direction, gap reset" in capsys.readouterr().out
