"""Which policy decides: the card's, the profile's, the configuration's."""

import pytest

from edgevid.config.schema import PluginConfig
from edgevid.errors import BundleError, ConfigError
from edgevid.pipeline import drive_id
from edgevid.pipeline.build import build_events
from edgevid.plugins import load_plugins
from edgevid.testing import make_card
from edgevid.types import SourceInfo

PLUGINS = load_plugins(discover=False)


def built(card_policy, **options):
    card = make_card(background="calm", event_policy=card_policy)
    return build_events(PLUGINS, PluginConfig(name="policy", options=options), card).options


@pytest.mark.parametrize(
    ("card", "given", "tau", "enter", "profile"),
    [
        ({}, {}, 0.3, 0.63, "fleet"),
        ({"rules": {"tau_seconds": 1.0, "enter": 0.7}}, {}, 1.0, 0.7, "fleet"),
        ({"rules": {"tau_seconds": 1.0, "enter": 0.7}}, {"profile": "research"}, 1.0, 0.5,
         "research"),
        ({"profile": "coach", "rules": {"enter": 0.7}}, {"rules": {"enter": 0.8}}, 0.3, 0.8,
         "coach"),
        ({"profile": "coach"}, {"profile": "fleet"}, 0.3, 0.63, "fleet"),
    ],
)  # fmt: skip
def test_configuration_over_profile_over_card_over_defaults(card, given, tau, enter, profile):
    policy = built(card, **given)

    assert (policy.rules.tau_seconds, policy.rules.enter, policy.profile) == (tau, enter, profile)


@pytest.mark.parametrize(
    ("given", "level"), [({}, 3), ({"profile": "fleet"}, 2), ({"notify_level": 1}, 1)]
)
@pytest.mark.parametrize("base", [{}, {"profile": "fleet"}])
def test_a_card_goes_over_the_profile_it_builds_on(base, given, level):
    assert built({**base, "notify_level": 3}, **given).notify_level == level


@pytest.mark.parametrize("profile", ["/etc/passwd.yaml", "../x.yml", "fleat", 7])
def test_a_card_opens_no_file(profile):
    with pytest.raises(BundleError, match="its card's event policy builds on"):
        built({"profile": profile})


def test_a_card_with_a_policy_that_makes_no_sense_is_refused():
    with pytest.raises(ConfigError, match=r"rules\.entr: unknown key"):
        built({"rules": {"entr": 0.7}})


def test_equal_names_in_two_folders_are_two_drives(tmp_path):
    for folder, content in (("a", b"1"), ("b", b"22")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "0001.mp4").write_bytes(content)
    names = [
        drive_id(SourceInfo(str(tmp_path / folder / "0001.mp4"), "file", False, 64, 48))
        for folder in "ab"
    ]

    assert names == ["0001.mp4|1", "0001.mp4|2"]


@pytest.mark.parametrize(
    ("uri", "trip", "expected"),
    [
        ("camera:0", "ab12", "camera:0|ab12"),
        ("gone.mp4", None, "gone.mp4"),
        ("bad\0name", None, "bad\0name"),
    ],
)
def test_what_names_a_drive(uri, trip, expected):
    assert drive_id(SourceInfo(uri, "file", False, 64, 48, trip_id=trip)) == expected
