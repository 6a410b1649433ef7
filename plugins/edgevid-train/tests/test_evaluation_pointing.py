import json

import numpy as np
import pytest
from edgevid_synth import BACKGROUND, LABELS
from edgevid_train.evaluation.pointing import (
    GROUPS,
    _on_evidence,
    measure_pointing,
    write_pointing,
)

from edgevid import ConfigError, load_plugins

PLUGINS = load_plugins()


def masks(**squares):
    found = np.zeros((len(GROUPS), 40, 40))
    for name, (top, left, side) in squares.items():
        place = list(GROUPS).index(name.replace("_", " "))
        found[place, top : top + side, left : left + side] = 1
    return found


@pytest.mark.parametrize(
    ("peak", "mass", "hit"),
    [((1, 1), {"hand": 1.0}, True), ((3, 3), {"phone": 1.0}, True), ((1, 3), {}, False)],
)
def test_a_map_counts_where_it_lies(peak, mass, hit):
    saliency = np.zeros((40, 40), np.float32)
    saliency[peak[0] * 10 : peak[0] * 10 + 10, peak[1] * 10 : peak[1] * 10 + 10] = 0.7
    found, on_it = _on_evidence(saliency, masks(hand=(10, 10, 10), phone=(30, 30, 10)))

    assert dict(zip(GROUPS, found, strict=True)) == pytest.approx(dict.fromkeys(GROUPS, 0.0) | mass)
    assert on_it is hit


def test_a_coarse_map_that_knows_nothing_has_the_area_of_the_evidence():
    evidence = masks(hand=(0, 0, 20), head=(30, 30, 10))
    found, _ = _on_evidence(np.ones((5, 5), np.float32), evidence)

    assert found == pytest.approx(evidence.mean(axis=(1, 2)))


@pytest.mark.slow
def test_the_default_model_is_measured_on_behaviours_it_never_saw(tmp_path):
    report = measure_pointing(PLUGINS, "driver", ["cam"], 3)
    write_pointing(report, tmp_path / "p.json")
    again = json.loads((tmp_path / "p.json").read_text())

    [row] = report.rows
    assert (row.explainer, row.maps, report.clips) == ("cam", 3, 3)
    assert 0 < report.evidence_area < 0.5
    assert row.evidence == pytest.approx(sum(row.mass.values()), abs=1e-3)
    assert 0 < row.evidence < 1
    assert again["rows"][0]["mass"] == row.mass
    assert measure_pointing(PLUGINS, "driver", ["cam"], 3) == report


def test_safe_driving_has_no_evidence_to_point_at():
    from edgevid_train.evaluation.pointing import _numbers

    shown = {LABELS[number % len(LABELS)] for number in _numbers(40)}
    assert shown == set(LABELS) - {BACKGROUND}


def test_no_clips_are_refused():
    with pytest.raises(ConfigError, match="0 clips are none"):
        measure_pointing(PLUGINS, "driver", ["cam"], 0)
