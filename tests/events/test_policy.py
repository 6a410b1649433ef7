"""What a policy may say, and what becomes of it."""

import pytest
import yaml

from edgevid.config.options import validate_options
from edgevid.errors import ConfigError
from edgevid.events.policy import (
    AvailabilityRules,
    Cumulative,
    Policy,
    RecoveryRules,
    Rules,
    SpeedRules,
    TripRules,
)
from edgevid.events.profiles import load_profile, profile_names
from edgevid.testing import make_card

from .traces import CARD, LEVELS, busy, make_engine, tell, times

HANDS = make_card(("calm", "phone", "drinking"), background="calm")


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_is_valid_and_says_that_it_is_no_certification(name):
    policy = Policy.model_validate({"profile": name})

    assert policy.profile == name
    assert "no certification" in " ".join(policy.description.lower().split())
    make_engine({"profile": name})


def described(model):
    for name, field in model.model_fields.items():
        yield f"{model.__name__}.{name}", field.description
    for inner in (Cumulative, Rules, RecoveryRules, SpeedRules, TripRules, AvailabilityRules):
        if model is Policy:
            yield from described(inner)


def test_every_parameter_is_described():
    assert [name for name, description in described(Policy) if not description] == []


def test_the_profiles_are_those_of_the_docs():
    assert profile_names() == ("alert-addw-like", "alert-ncap-like", "coach", "fleet", "research")


@pytest.mark.parametrize(
    ("name", "told", "reported"),
    [
        ("research", [], [0]),
        ("coach", [], [3]),
        ("fleet", [2, 3, 3], [3]),
        ("alert-ncap-like", [1, 2, 3, 3], [3]),
        ("alert-addw-like", [1, 2, 3, 3], [3]),
    ],
)
def test_what_a_profile_makes_of_twenty_five_seconds(name, told, reported):
    found = tell(busy((0, 25)), times(30), {"profile": name})

    assert [e.level for e in found.events if e.notify] == told
    assert [e.max_level for e in found.closed()] == reported


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"profile": "fleat"}, "no profile 'fleat'; accepted are alert-addw-like"),
        ({"profile": "gone.yaml"}, "'gone.yaml' cannot be read: No such file"),
        ({"rules": {"enter": 0.3, "exit": 0.5}}, "exit 0.5 must not be above enter 0.3"),
        ({"rules": {"levels": [3, 2]}}, "levels must grow"),
        ({"rules": {"entr": 0.3}}, "rules.entr: unknown key; did you mean enter"),
        ({"overrides": {"busy": {"enter": 2}}}, "overrides.busy: enter: .* less than 1, got 2"),
        ({"overrides": {"busy": {"entr": 0.5}}}, "busy: entr: unknown key; did you mean enter"),
        ({"groups": {"a": ["busy"], "b": ["busy"]}}, "busy is in two groups: a and b"),
        ({"groups": {"a": ["busy", "busy"]}}, "busy is in a twice"),
        ({"rules": {"cumulative": {"seconds": 50}}}, "do not fit into window_seconds"),
        ({"rules": {"tau_seconds": float("inf")}}, "finite"),
    ],
)
def test_what_is_not_accepted(options, message):
    with pytest.raises(ConfigError, match=message):
        validate_options(Policy, options, "events policy")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"overrides": {"bussy": {}}}, "no group or label 'bussy'; did you mean 'busy'"),
        ({"ignore": ("x",)}, "no group or label 'x'; it has busy, calm"),
        ({"groups": {"phone": ["bussy"]}}, "no label 'bussy'; did you mean 'busy'"),
    ],
)
def test_unknown_labels_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        make_engine({"profile": "research", **options})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"groups": {"hands": ["phone", "drinking"]}, "overrides": {"phone": {"enter": 0.8}}},
            "'phone' is a label of the group 'hands'.*override 'hands'",
        ),
        ({"report_level": 1}, "no event would be reported: report_level is 1.*can reach is 0"),
    ],
)
def test_what_would_be_lost_without_a_word_is_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        make_engine({"profile": "research", **options}, HANDS)


def test_a_label_of_a_groups_name_belongs_to_it():
    engine = make_engine({"profile": "research", "groups": {"drinking": ["phone"]}}, HANDS)

    assert engine.policy["groups"] == {"drinking": ["phone", "drinking"]}


@pytest.mark.parametrize("silent", ["phone", "calm"])
def test_what_is_ignored_is_no_part_of_a_group(silent):
    options = {**LEVELS, "groups": {"hands": [silent, "drinking"]}, "ignore": ["phone"]}
    rest = {"calm": 0.0, "phone": 0.0, silent: 0.95}
    told = tell(lambda t: (rest["calm"], rest["phone"], 0.05), times(5), options, card=HANDS)

    assert told.events == []
    assert told.states() == [("ok", 0.0)]


def test_a_profile_may_speak_of_labels_that_a_card_does_not_have():
    assert [t["labels"] for t in [{"labels": list(make_engine(LEVELS).policy["groups"])}]] == [
        ["busy"]
    ]


def test_groups_may_have_rules_of_their_own():
    options = {**LEVELS, "overrides": {"busy": {"min_on_seconds": 3.0}}}

    assert tell(busy((2, 4)), times(12), options).spans() == []
    assert len(tell(busy((2, 6)), times(12), options).spans()) == 1


def test_a_file_of_the_users_builds_on_a_profile(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({"profile": "coach", "rules": {"levels": [2]}}))
    policy = Policy.model_validate({"profile": str(path), "rules": {"enter": 0.7}})

    assert (policy.rules.levels, policy.rules.enter, policy.report_level) == ((2.0,), 0.7, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2]", "must be a mapping"),
        ("a: [", "is no YAML"),
        ("profile: other.yaml", "builds on 'other.yaml'; it may build on"),
        ("enter: !!python/object/apply:os.getcwd []", "is no YAML"),
    ],
)
def test_a_bad_file_is_refused(tmp_path, text, message):
    path = tmp_path / "mine.yaml"
    path.write_text(text)

    with pytest.raises(ConfigError, match=message):
        load_profile(str(path))


def test_an_ignored_group_is_never_an_event():
    options = {**LEVELS, "ignore": ["busy"]}

    assert tell(busy((2, 8)), times(12), options).events == []


def test_results_learn_what_decides():
    policy = make_engine(LEVELS, CARD).policy

    assert policy["name"] == "fleet"
    assert len(policy["sha256"]) == 64
    assert policy["sha256"] != make_engine({"profile": "fleet"}).policy["sha256"]


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"description": "the same, in other words"}, True),
        ({"rules": {"enter": 0.71}}, False),
        ({"overrides": {"busy": {"min_on_seconds": 3.0}}}, False),
        ({"trip": {"top_level_events": 7}}, False),
        ({"availability": {"degraded_seconds": 7.0}}, False),
        ({"hold_seconds": 1.7}, False),
        ({"ignore": ["phone"]}, False),
    ],
)
def test_the_hash_of_a_policy_covers_all_that_decides(change, same):
    plain = make_engine(LEVELS, CARD).policy["sha256"]

    assert (make_engine(LEVELS | change, CARD).policy["sha256"] == plain) is same


def test_labels_in_a_group_add_up():
    card = make_card(("calm", "phone_left", "phone_right"), background="calm")
    told = tell(lambda t: (0.1, 0.45, 0.45), times(5), LEVELS, card=card)

    assert told.closed()[0].peak_score == pytest.approx(0.9)
