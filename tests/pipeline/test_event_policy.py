"""Which policy decides: the card's, the profile's, the configuration's."""

import pytest

from edgevid.config.schema import PluginConfig
from edgevid.errors import BundleError, ConfigError
from edgevid.pipeline.build import build_events
from edgevid.plugins import load_plugins
from edgevid.testing import make_card

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


@pytest.mark.parametrize("profile", ["/etc/passwd.yaml", "../x.yml", "fleat", 7])
def test_a_card_opens_no_file(profile):
    with pytest.raises(BundleError, match="its card's event policy builds on"):
        built({"profile": profile})


def test_a_card_with_a_policy_that_makes_no_sense_is_refused():
    with pytest.raises(ConfigError, match=r"rules\.entr: unknown key"):
        built({"rules": {"entr": 0.7}})
