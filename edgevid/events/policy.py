"""Parameters of an event policy. Profiles supply the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from edgevid.config.options import explain
from edgevid.events.profiles import load_profile, merge
from edgevid.strict import StrictModel

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Part = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
DEFAULT_PROFILE = "fleet"


class Cumulative(StrictModel):
    """Many short distractions count together, as in Euro NCAP's short multiple glances."""

    seconds: Positive = Field(
        default=10.0, description="Total evidence within the window that raises the level, seconds."
    )
    window_seconds: Positive = Field(
        default=30.0, description="Length of the sliding window, seconds."
    )
    reset_seconds: Positive = Field(
        default=2.0, description="Time without evidence that empties the window, seconds."
    )
    level: int = Field(
        default=2, ge=1, le=9, description="Level assigned when the total is reached."
    )

    @model_validator(mode="after")
    def _fits(self) -> Cumulative:
        if self.seconds > self.window_seconds:
            raise ValueError(f"seconds {self.seconds:g} do not fit into window_seconds")
        return self


class Rules(StrictModel):
    """Rules that turn the scores of one group into events with levels."""

    tau_seconds: Seconds = Field(
        default=0.3,
        description="Time constant of the score filter, seconds; larger is smoother and slower.",
    )
    enter: Part = Field(default=0.63, description="Filtered score above which evidence begins.")
    exit: Part = Field(
        default=0.37, description="Filtered score below which evidence ends; at most `enter`."
    )
    min_on_seconds: Seconds = Field(
        default=0.5, description="Shortest evidence that opens an event, seconds."
    )
    min_off_seconds: Seconds = Field(
        default=2.0,
        description="Time without evidence that closes an event, seconds; shorter breaks are "
        "merged.",
    )
    max_seconds: Positive | None = Field(
        default=None,
        description="Longest event, seconds; a longer one is split. Null for no limit.",
    )
    levels: tuple[Positive, ...] = Field(
        default=(3.0, 5.0, 11.0),
        max_length=9,
        description="Continuous evidence required for levels 1, 2, 3, seconds.",
    )
    cumulative: Cumulative | None = Field(
        default=None, description="Level for evidence accumulated within a window; null for none."
    )
    hides_driver: bool = Field(
        default=False,
        description="Set for a group that hides the driver: timers of other groups do not recover "
        "during it, and availability becomes no_driver.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Rules:
        if self.exit > self.enter:
            raise ValueError(f"exit {self.exit:g} must not be above enter {self.enter:g}")
        if any(b <= a for a, b in zip(self.levels, self.levels[1:], strict=False)):
            raise ValueError("levels must grow: seconds until level 1, 2, 3")
        return self


class RecoveryRules(StrictModel):
    """Decay of the continuous timer without evidence; a fuller timer decays faster."""

    slowest: Positive = Field(
        default=1.25, description="Decay of a nearly empty timer, seconds per second."
    )
    fastest: Positive = Field(
        default=5.0, description="Decay from the top level, seconds per second."
    )


class SpeedRules(StrictModel):
    """Effect of the vehicle's speed; an unknown speed counts as fast."""

    exempt_below_kmh: Seconds = Field(
        default=20.0, description="Levels are capped below this speed and at standstill, km/h."
    )
    exempt_max_level: int = Field(
        default=1, ge=0, description="Highest level below `exempt_below_kmh`."
    )
    slow_below_kmh: Seconds = Field(
        default=50.0,
        description="Below this speed, level durations are multiplied by `slow_factor`, km/h.",
    )
    slow_factor: Annotated[float, Field(ge=1, allow_inf_nan=False)] = Field(
        default=1.7, description="Multiplier applied to level durations below `slow_below_kmh`."
    )


class TripRules(StrictModel):
    """Conditions that flag a whole trip."""

    top_level_events: int = Field(
        default=3, ge=1, description="Number of events at their highest level that flags the trip."
    )
    top_level_seconds: Positive = Field(
        default=30.0, description="Total time at the highest level that flags the trip, seconds."
    )


class AvailabilityRules(StrictModel):
    """Conditions under which the runtime reports that it cannot judge the driver."""

    uncertain_below: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.5,
        description="A softmax model is uncertain when its best group scores below this; 0 turns "
        "this off.",
    )
    freeze_seconds: Seconds = Field(
        default=2.0,
        description="Longest time for which uncertain frames pause the timers, seconds; after it "
        "they count as no behaviour.",
    )
    degraded_seconds: Positive = Field(
        default=10.0,
        description="Uncertain or unusable scores for this long make availability degraded, "
        "seconds.",
    )
    no_driver_seconds: Positive = Field(
        default=10.0,
        description="Evidence of a group with `hides_driver` for this long makes availability "
        "no_driver, seconds.",
    )
    clear_seconds: Seconds = Field(
        default=2.0,
        description="Certain scores with the driver in view for this long make availability ok, "
        "seconds.",
    )


class Policy(StrictModel):
    """A whole policy: rules for all groups, and overrides for some."""

    profile: str = Field(
        default=DEFAULT_PROFILE,
        description="Base profile that supplies defaults: research, coach, fleet, alert-ncap-like, "
        "alert-addw-like, or the path of a YAML file.",
    )
    description: str = Field(default="", description="Free text.")
    groups: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="Labels merged into one group by name; their scores are added (softmax) or "
        "their maximum is taken (sigmoid). Other labels are groups of their own.",
    )
    ignore: tuple[str, ...] = Field(
        default=(), description="Groups and labels that never become events."
    )
    rules: Rules = Field(default=Rules(), description="Rules of every group.")
    overrides: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Rules that differ for single groups, by group name."
    )
    report_level: int = Field(
        default=0, ge=0, description="Lowest level at which events are reported."
    )
    notify_level: int | None = Field(
        default=None, ge=0, description="Lowest level that raises an alert; null for no alerts."
    )
    renotify_seconds: Positive = Field(
        default=10.0,
        description="Minimum time before an alert at the same or a lower level is repeated, "
        "seconds.",
    )
    recovery: RecoveryRules = Field(
        default=RecoveryRules(), description="Decay of the continuous timer."
    )
    speed: SpeedRules = Field(default=SpeedRules(), description="Effect of the vehicle's speed.")
    trip: TripRules = Field(default=TripRules(), description="Conditions that flag a trip.")
    availability: AvailabilityRules = Field(
        default=AvailabilityRules(), description="Conditions under which availability is not ok."
    )
    hold_seconds: Positive = Field(
        default=0.5,
        description="Longest time one prediction is held when frames are late, seconds (at "
        "least two periods of the model); time beyond it is not counted.",
    )
    max_gap_seconds: Positive = Field(
        default=2.0,
        description="A longer gap closes open events, seconds (at least two periods of the model).",
    )

    @model_validator(mode="before")
    @classmethod
    def _over_profile(cls, values: Any) -> Any:
        """Merge the given values over the profile."""
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
        """Rules of one group, overrides applied."""
        own = self.overrides.get(group)
        if own is None:
            return self.rules
        return Rules.model_validate(merge(self.rules.model_dump(exclude_unset=False), own))
