"""The check for authors of engines: ours pass it, and it names what others break."""

from dataclasses import replace

import pytest

from edgevid.events.engine import PolicyEngine
from edgevid.events.policy import Policy
from edgevid.events.profiles import profile_names
from edgevid.testing import check_events, make_card
from edgevid.types import Event

from .traces import CARD, FACES

SIGMOID = make_card(("wheel", "radio"), activation="sigmoid")


@pytest.mark.parametrize("card", [CARD, FACES, SIGMOID], ids=["two", "groups", "sigmoid"])
@pytest.mark.parametrize("profile", profile_names())
def test_our_engine_passes_with_every_profile(profile, card):
    check_events(lambda: PolicyEngine(Policy(profile=profile), card), card)


class Wrong(PolicyEngine):
    mistake = ""
    runs = 0

    def open(self, drive_id):
        Wrong.runs += 1
        super().open("" if self.mistake == "ignores the drive" else drive_id)

    def update(self, prediction, vehicle):
        if self.mistake == "trusts warm-up" and not prediction.valid:
            return [Event("x", "busy", 0.0, 0.0, "open", 1.0, 1.0, "eager")]
        told = super().update(prediction, vehicle)
        if self.mistake == "says no reason":
            told = [replace(e, reason=" ") for e in told]
        if self.mistake == "counts runs":
            told = [replace(e, peak_score=Wrong.runs) for e in told]
        if self.mistake == "opens twice":
            told = [e for e in told for _ in range(2 if e.phase == "open" else 1)]
        return told

    def gap(self, gap):
        return [] if self.mistake == "ignores gaps" else super().gap(gap)

    def finish(self, end_seconds):
        told = super().finish(end_seconds)
        return [] if self.mistake == "forgets the end" else told


@pytest.mark.parametrize(
    ("mistake", "rule"),
    [
        ("ignores the drive", "another drive: other ids"),
        ("trusts warm-up", "not valid"),
        ("says no reason", "has a reason"),
        ("counts runs", "the same events, ids included"),
        ("opens twice", "opens once"),
        ("ignores gaps", "closes what is open"),
        ("forgets the end", "closes once"),
    ],
)
def test_the_check_names_the_rule_that_is_broken(mistake, rule):
    def make():
        engine = Wrong(Policy(profile="fleet", rules={"min_off_seconds": 40}), CARD)
        engine.mistake = mistake
        return engine

    with pytest.raises(AssertionError, match=rule):
        check_events(make, CARD)
