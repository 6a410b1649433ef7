from pathlib import Path

import pytest

from edgevid.config import load_config
from edgevid.pipeline.build import check_options
from edgevid.plugins import load_plugins

CONFIGS = sorted((Path(__file__).parent.parent / "configs").glob("*.yaml"))


def test_there_are_configs():
    assert len(CONFIGS) >= 3


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.stem)
def test_a_shipped_configuration_is_accepted(path):
    check_options(load_plugins(), load_config(path))
