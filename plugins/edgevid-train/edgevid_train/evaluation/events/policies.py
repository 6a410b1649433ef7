"""Event engines for replays: which policy, for which model's classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from edgevid_synth import BACKGROUND

from edgevid import Card, ConfigError, EventEngine, RunConfig, load_plugins
from edgevid.config import PluginConfig, apply_override, build_config
from edgevid.events import merge, profile_names
from edgevid.pipeline import build_events
from edgevid.plugins import Plugins
from edgevid.records import PredictionLine
from edgevid_train.evaluation.events.replay import Recording, read_recording, replay
from edgevid_train.evaluation.events.result import DriveResult

_SETTABLE = ("events", "model", "backend", "verify")


@dataclass(frozen=True)
class Engines:
    """Makes fresh engines of one policy, in any process."""

    events: PluginConfig
    card: Card

    def make(self) -> EventEngine:
        """An engine that has seen nothing.

        Raises:
            EdgevidError: If the policy is not accepted.
        """
        return build_events(plugins(), self.events, self.card)

    def options(self) -> dict[str, Any]:
        """All parameters, as they come to be."""
        engine = self.make()
        return engine.options.model_dump(mode="json")

    def at(self, enter: float, exit_: float) -> Engines:
        """The same policy with other thresholds, for every group.

        Raises:
            ConfigError: If the engine knows no thresholds.
        """
        thresholds = {"enter": enter, "exit": exit_}
        known: Any = self.make().options
        fields = set(type(known).model_fields)
        if "rules" not in fields:
            raise ConfigError(
                f"the event engine {self.events.name!r} has no enter and exit: there is no curve"
            )
        changed = {"rules": thresholds, "overrides": dict.fromkeys(known.overrides, thresholds)}
        options = merge(self.events.options, changed)
        return Engines(self.events.model_copy(update={"options": options}), self.card)

    def thresholds(self) -> tuple[float, float]:
        """The policy's own enter and exit."""
        options: Any = self.make().options
        rules = getattr(options, "rules", options)
        if not hasattr(rules, "enter"):
            raise ConfigError(
                f"the event engine {self.events.name!r} has no enter and exit: there is no curve"
            )
        return float(rules.enter), float(rules.exit)


def replay_file(engines: Engines, path: Path) -> DriveResult:
    """The result of a drive under a policy, from its stored predictions.

    Raises:
        EdgevidError: If the file or the policy is not accepted.
    """
    return replay(read_recording(path), engines.make())


@lru_cache(maxsize=1)
def plugins() -> Plugins:
    """Return the installed plugins, looked up once per process."""
    return load_plugins()


def run_values(profile: str | None, sets: Sequence[str]) -> dict[str, Any]:
    """Configuration values from the command line.

    Raises:
        ConfigError: If a key is none of those that an evaluation leaves open.
    """
    values: dict[str, Any] = {}
    for text in ([f"events.options.profile={profile}"] if profile else []) + list(sets):
        key = text.partition("=")[0].strip().partition(".")[0]
        if key not in _SETTABLE:
            raise ConfigError(
                f"--set {text!r}: an evaluation decides {key!r} itself; accepted are keys of "
                f"{', '.join(_SETTABLE)}"
            )
        apply_override(values, text)
    events = values.get("events")
    if isinstance(events, dict) and "name" not in events:
        events["name"] = _engine_name()
    return values


def _engine_name() -> str:
    """The event engine of a run that names none."""
    return str(RunConfig.model_fields["events"].default.name)


def config_of(values: Mapping[str, Any]) -> RunConfig:
    """A checked configuration; its source and sinks are filled in for each drive."""
    return build_config({"source": "test:", **values}, "command line")


def shipped_options(policy: Mapping[str, Any]) -> dict[str, Any] | None:
    """Parameters of a policy that a result names, if it is one that ships, unchanged."""
    name = policy.get("name")
    if name not in profile_names():
        return None
    card = Card(name="any", class_names=("any",), temporal_mode="frame", input_rate_hz=1.0)
    engine = build_events(
        plugins(), PluginConfig(name=_engine_name(), options={"profile": name}), card
    )
    same = engine.policy.get("sha256") == policy.get("sha256")
    return engine.options.model_dump(mode="json") if same else None


def card_of(recording: Recording, bundle_card: Card | None) -> tuple[Card, str | None]:
    """The card of the model that made predictions, and what there is to warn of.

    Raises:
        ConfigError: If the given bundle is of another model.
    """
    from edgevid import read_card

    model = recording.session.model
    if bundle_card is not None:
        if (bundle_card.sha256, bundle_card.class_names) != (model.sha256, model.class_names):
            raise ConfigError(
                f"--bundle: is {bundle_card.name} {bundle_card.version}, and {recording.path} is "
                f"of {model.name} {model.version} with other weights or classes"
            )
        return bundle_card, None
    for cls in plugins().models.values():
        bundle = cls.bundle_path()
        shipped = None if bundle is None else read_card(bundle)
        if shipped is not None and shipped.sha256 == model.sha256 is not None:
            return shipped, None
    card = Card(
        name=model.name,
        version=model.version,
        class_names=model.class_names,
        background=BACKGROUND if BACKGROUND in model.class_names else None,
        temporal_mode="stream",
        input_rate_hz=_rate_hz(recording),
        activation="softmax" if _add_up(recording) else "sigmoid",
        sha256=model.sha256,
    )
    return card, (
        f"the bundle of {model.name} {model.version} is not at hand: its rate, background and own "
        f"event policy are guessed; give it with --bundle"
    )


def _rate_hz(recording: Recording) -> float:
    times = np.array(
        [line.end_seconds for line in recording.lines if isinstance(line, PredictionLine)]
    )
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    return 1 / step if step > 0 else 8.0


def _add_up(recording: Recording) -> bool:
    rows = [line.scores for line in recording.lines if isinstance(line, PredictionLine)]
    return all(abs(sum(s or 0.0 for s in row) - 1) < 0.01 for row in rows[:100])
