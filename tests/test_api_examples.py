"""docs/api.md holds every public name, and its examples run as they stand."""

import doctest
import shutil
from pathlib import Path

import pytest

import edgevid

ROOT = Path(__file__).parent.parent
EXAMPLES = {
    name: getattr(edgevid, name).__doc__
    for name in edgevid.__all__
    if ">>>" in (getattr(getattr(edgevid, name), "__doc__", None) or "")
}


@pytest.fixture
def page(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    import api_page

    return api_page


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_of_the_api_runs_as_it_stands(name, tmp_path, monkeypatch):
    shutil.copy(ROOT / "examples" / "rendered_drive.mp4", tmp_path / "drive.mp4")
    monkeypatch.chdir(tmp_path)
    example = doctest.DocTestParser().get_doctest(EXAMPLES[name], {}, name, None, 0)
    output = []
    results = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(
        example, out=output.append
    )
    assert results.failed == 0, "".join(output)


def test_every_public_name_is_in_one_group_of_the_page(page):
    names = page.grouped_names()

    assert sorted(names) == sorted(set(edgevid.__all__) - {"__version__"})
    assert len(names) == len(set(names))


def test_every_group_has_an_example(page):
    for title, (_, names) in page.GROUPS.items():
        assert set(names.split()) & set(EXAMPLES), title
