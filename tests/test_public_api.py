"""The public names are checked in: taking one away breaks plugins, so it must be seen."""

from pathlib import Path

import edgevid
import edgevid.testing

SURFACE = Path(__file__).with_name("public_api.txt")


def surface():
    return [f"edgevid.{n}" for n in sorted(edgevid.__all__)] + [
        f"edgevid.testing.{n}" for n in sorted(edgevid.testing.__all__)
    ]


def test_the_public_surface_is_the_one_that_is_checked_in():
    expected = SURFACE.read_text(encoding="utf-8").split()
    gone, new = set(expected) - set(surface()), set(surface()) - set(expected)
    assert not gone, f"plugins may use these, deprecate them first: {sorted(gone)}"
    assert not new, f"add these to tests/public_api.txt: {sorted(new)}"
