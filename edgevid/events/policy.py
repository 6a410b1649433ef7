"""Every parameter of an event policy, checked and explained. Profiles fill them in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from edgevid.config.options import explain
from edgevid.events.profiles import load_profile, merge

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Part = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
DEFAULT_PROFILE = "fleet"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cumulative(_Part):
    """Many short distractions count together, as in Euro NCAP's short multiple glances."""

    seconds: Positive = Field(default=10.0, description="Evidence that adds up to so much …")
    window_seconds: Positive = Field(default=30.0, description="… within so long …")
    reset_seconds: Positive = Field(default=2.0, description="… unless none for so long, …")
    level: int = Field(default=2, ge=1, le=9, description="… is of this level.")

    @model_validator(mode="after")
    def _fits(self) -> Cumulative:
        if self.seconds > self.window_seconds:
            raise ValueError(f"seconds {self.seconds:g} do not fit into window_seconds")
        return self


class Rules(_Part):
    """How the scores of one group become events with levels."""

    tau_seconds: Seconds = Field(default=0.3, description="Time constant of the filter.")
    enter: Part = Field(default=0.63, description="An event begins above this filtered score …")
    exit: Part = Field(default=0.37, description="… and its evidence ends below this one.")
    min_on_seconds: Seconds = Field(
        default=0.5, description="Evidence must last so long before an event opens."
    )
    min_off_seconds: Seconds = Field(
        default=2.0, description="Nothing for so long closes it; a shorter break is merged."
    )
    max_seconds: Positive | None = Field(
        default=None, description="A longer event is closed and goes on as another one."
    )
    levels: tuple[Positive, ...] = Field(
        default=(3.0, 5.0, 11.0),
        max_length=9,
        description="Seconds of continuous evidence that reach level 1, 2, 3.",
    )
    cumulative: Cumulative | None = Field(
        default=None, description="Evidence that adds up within a window; null for none."
    )
    hides_driver: bool = Field(
        default=False,
        description="The group means that the driver cannot be seen: other groups' timers do not "
        "recover meanwhile, and availability becomes no_driver.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Rules:
        if self.exit > self.enter:
            raise ValueError(f"exit {self.exit:g} must not be above enter {self.enter:g}")
        if any(b <= a for a, b in zip(self.levels, self.levels[1:], strict=False)):
            raise ValueError("levels must grow: seconds until level 1, 2, 3")
        return self


class RecoveryRules(_Part):
    """How fast the continuous timer runs down without evidence: faster the fuller it is."""

    slowest: Positive = Field(default=1.25, description="Times real time, from a little.")
    fastest: Positive = Field(default=5.0, description="Times real time, from the top level.")


class SpeedRules(_Part):
    """What changes with the vehicle's speed; an unknown speed counts as fast."""

    exempt_below_kmh: Seconds = Field(
        default=20.0, description="Below it, and at standstill, levels are capped."
    )
    exempt_max_level: int = Field(default=1, ge=0, description="The cap.")
    slow_below_kmh: Seconds = Field(
        default=50.0, description="Below it, levels take longer by slow_factor."
    )
    slow_factor: Annotated[float, Field(ge=1, allow_inf_nan=False)] = Field(
        default=1.7, description="Levels take so many times as long."
    )


class TripRules(_Part):
    """When a whole trip is flagged."""

    top_level_events: int = Field(
        default=3, ge=1, description="So many events that reached their highest level …"
    )
    top_level_seconds: Positive = Field(
        default=30.0, description="… or so long at it, all in all, flag the trip."
    )


class AvailabilityRules(_Part):
    """When the runtime says that it cannot tell what the driver does."""

    uncertain_below: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.5,
        description="A softmax model whose best group scores less is uncertain; 0 never is.",
    )
    freeze_seconds: Seconds = Field(
        default=2.0, description="Uncertainty stops all timers for so long, then is no evidence."
    )
    degraded_seconds: Positive = Field(
        default=10.0, description="Uncertain, or scores unusable, for so long is degraded."
    )
    no_driver_seconds: Positive = Field(
        default=10.0, description="A group that hides the driver, for so long, is no_driver."
    )
    clear_seconds: Seconds = Field(
        default=2.0, description="Certain for so long, with the driver in sight, is ok again."
    )


class Policy(_Part):
    """A whole policy: rules for all groups, and what differs for some."""

    profile: str = Field(
        default=DEFAULT_PROFILE,
        description="Where what is not given comes from: research, coach, fleet, alert-ncap-like, "
        "alert-addw-like, or a YAML file of your own.",
    )
    description: str = Field(default="", description="For people.")
    groups: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="Labels that count as one; their scores are added (softmax) or the largest "
        "taken (sigmoid). A label in none is a group of its own.",
    )
    ignore: tuple[str, ...] = Field(
        default=(), description="Groups and labels that are never events."
    )
    rules: Rules = Field(default=Rules(), description="For every group.")
    overrides: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Other rules for single groups, by name."
    )
    report_level: int = Field(
        default=0, ge=0, description="Events are reported once they reach this level."
    )
    notify_level: int | None = Field(
        default=None, ge=0, description="From this level on somebody is told; null for nobody."
    )
    renotify_seconds: Positive = Field(
        default=10.0,
        description="Whatever is no higher than what was told last is told again after so long.",
    )
    recovery: RecoveryRules = Field(
        default=RecoveryRules(), description="How fast the continuous timer runs down."
    )
    speed: SpeedRules = Field(default=SpeedRules(), description="What speed changes.")
    trip: TripRules = Field(default=TripRules(), description="When a trip is flagged.")
    availability: AvailabilityRules = Field(
        default=AvailabilityRules(), description="When it is said that nothing can be told."
    )
    hold_seconds: Positive = Field(
        default=0.5,
        description="One prediction stands for at most so long (two periods of the model, if that "
        "is longer); the rest of a longer pause counts for nothing.",
    )
    max_gap_seconds: Positive = Field(
        default=2.0,
        description="A longer missing stretch closes what is open; between two predictions it may "
        "be two periods of the model, if that is longer.",
    )

    @model_validator(mode="before")
    @classmethod
    def _over_profile(cls, values: Any) -> Any:
        """What is given goes over what the profile says."""
        if not isinstance(values, Mapping):
            return values
        name = values.get("profile", DEFAULT_PROFILE)
        return merge(load_profile(name), values) if isinstance(name, str) else values

    @model_validator(mode="after")
    def _overrides_fit(self) -> Policy:
        for group in self.overrides:
            try:
                self.rules_of(group)
            except ValidationError as error:
                wrong = "; ".join(explain(item, Rules) for item in error.errors())
                raise ValueError(f"overrides.{group}: {wrong}") from error
        seen: dict[str, str] = {}
        for group, labels in self.groups.items():
            for label in labels:
                if label in seen:
                    both = f"two groups: {seen[label]} and {group}"
                    raise ValueError(
                        f"{label} is in {both if seen[label] != group else f'{group} twice'}"
                    )
                seen[label] = group
        return self

    def rules_of(self, group: str) -> Rules:
        """The rules of one group."""
        own = self.overrides.get(group)
        if own is None:
            return self.rules
        return Rules.model_validate(merge(self.rules.model_dump(exclude_unset=False), own))
