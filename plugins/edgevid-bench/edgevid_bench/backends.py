"""``edgevid bench backends``: the same frames on every backend, precision, batch, thread count."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from edgevid import golden_clip, read_card
from edgevid.card import Card
from edgevid.config import validate_options
from edgevid.errors import ConfigError, ModelError
from edgevid.interfaces import Backend, Bundle, ModelContext
from edgevid.machine import machine_name, usable_cores
from edgevid.pipeline import library_versions
from edgevid.plugins import Plugins
from edgevid.strict import StrictModel
from edgevid_bench.report import MachineReport, Row

_WARM_UP = 3
_STEPS = 25
"""Steps that one measurement takes."""
_CLIP_FRAMES = 8


class BackendRow(StrictModel):
    """One bundle on one backend."""

    bundle: str
    precision: str
    backend: str
    provider: str
    threads: int
    batch: int
    time: Row = Field(description="Per frame of one stream.")
    ratio: float = Field(description="To the first row, median of rounds; less is faster.")


class BackendsReport(MachineReport):
    """Result of ``edgevid bench backends``."""

    input_size: tuple[int, int]
    rounds: int
    rows: list[BackendRow]
    absent: dict[str, str] = Field(description="What cannot run here, and why.")


@dataclass
class _BackendCandidate:
    bundle: str
    card: Card
    backend: Backend
    threads: int
    batch: int
    frames: Any
    memories: list[Any]
    seconds: list[float] = field(default_factory=list)

    def measure(self, steps: int) -> float:
        """Seconds per frame of one stream."""
        started = time.perf_counter()
        for step in range(steps):
            inputs = {"frames": self.frames[step % _CLIP_FRAMES]}
            _, self.memories = self.backend.run(inputs, self.memories)
        return (time.perf_counter() - started) / (steps * self.batch)


def bench_backends(
    plugins: Plugins,
    bundles: Sequence[Path],
    *,
    threads: Sequence[int] = (1,),
    batches: Sequence[int] = (1,),
    rounds: int = 5,
    on_step: Callable[[str, int, int], None] = lambda name, done, total: None,
) -> BackendsReport:
    """Measure; every round measures everything once, so that drift hits all alike.

    Args:
        plugins: Installed plugins.
        bundles: Of one input size, in ``frame`` or ``stream`` mode; the first is what the others
            are compared with, on the first backend that runs it.
        threads: CPU threads; PyTorch, whose count is the process's, is measured with the last.
        batches: Streams per step.
        rounds: How often everything is measured.
        on_step: Told what is measured now: name, steps done, steps in all.

    Raises:
        ConfigError: If the bundles cannot be compared, or nothing runs.
    """
    cards = {path: read_card(path) for path in bundles}
    sizes = {card.input_size or (224, 224) for card in cards.values()}
    modes = {card.temporal_mode for card in cards.values()}
    if len(sizes) != 1 or not modes <= {"frame", "stream"}:
        raise ConfigError(
            f"bundles of sizes {sorted(sizes)} and modes {sorted(modes)} cannot be compared; give "
            f"frame or stream bundles of one size"
        )
    if companions := [path.name for path, card in cards.items() if card.has_gradient]:
        raise ConfigError(
            f"{', '.join(companions)}: companions of bundles are no models to compare"
        )
    absent: dict[str, str] = {}
    with ExitStack() as stack:
        candidates = list(_open(plugins, cards, threads, batches, absent, stack))
        if not candidates:
            raise ConfigError(f"nothing runs these bundles here: {absent}")
        for candidate in candidates:
            candidate.measure(_WARM_UP)
        total = rounds * len(candidates)
        for number in range(rounds):
            for place, candidate in enumerate(candidates):
                on_step(candidate.backend.name, number * len(candidates) + place, total)
                candidate.seconds.append(candidate.measure(_STEPS))
        rows = [_row(candidate, candidates[0]) for candidate in candidates]
    return BackendsReport(
        machine=machine_name(),
        cores=usable_cores(),
        versions=library_versions(),
        input_size=next(iter(sizes)),
        rounds=rounds,
        rows=rows,
        absent=absent,
    )


def _open(
    plugins: Plugins,
    cards: dict[Path, Card],
    threads: Sequence[int],
    batches: Sequence[int],
    absent: dict[str, str],
    stack: ExitStack,
) -> Iterator[_BackendCandidate]:
    context = ModelContext(open_architecture=lambda name: plugins.architectures[name]())
    for path, card in cards.items():
        for name, cls in plugins.backends.items():
            # The PyTorch checkpoint is always in fp32.
            if name == "torch" and card.precision != "float32":
                continue
            for device in cls.devices:
                for count in threads if name != "torch" else threads[-1:]:
                    given: dict[str, object] = {"device": device}
                    if "threads" in cls.Options.model_fields:
                        given["threads"] = count
                    options = validate_options(cls.Options, given, f"backend {name}")
                    try:
                        backend = stack.enter_context(cls(options, Bundle(path, card, context)))
                    except ModelError as error:
                        absent[f"{path.name}, {name} on {device}"] = str(error)
                        break
                    for batch in batches:
                        yield _candidate(path, card, backend, count, batch)


def _candidate(
    path: Path, card: Card, backend: Backend, threads: int, batch: int
) -> _BackendCandidate:
    height, width = card.input_size or (224, 224)
    clip = golden_clip(_CLIP_FRAMES, height, width)
    frames = np.repeat(clip[:, None], batch, axis=1)
    return _BackendCandidate(path.name, card, backend, threads, batch, frames, [None] * batch)


def _row(candidate: _BackendCandidate, first: _BackendCandidate) -> BackendRow:
    pairs = zip(candidate.seconds, first.seconds, strict=True)
    return BackendRow(
        bundle=candidate.bundle,
        precision=candidate.card.precision,
        backend=candidate.backend.name,
        provider=candidate.backend.provider,
        threads=candidate.threads,
        batch=candidate.batch,
        time=Row.of(candidate.backend.name, candidate.seconds),
        ratio=round(statistics.median(one / other for one, other in pairs), 3),
    )
