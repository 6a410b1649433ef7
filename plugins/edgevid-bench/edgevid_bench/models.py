"""``edgevid bench models``: how fast networks are, each in turns with its baseline."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from edgevid import OnnxRuntimeBackend, TorchBackend, golden_clip
from edgevid.backends import golden_inputs
from edgevid.card import Card
from edgevid.errors import BackendUnavailableError, ConfigError, one_line
from edgevid.interfaces import Architecture, Backend, Bundle
from edgevid.machine import machine_name, usable_cores
from edgevid.pipeline import library_versions
from edgevid.plugins import Plugins
from edgevid_bench.models_report import (
    CLIP_FRAMES,
    BackendName,
    ModelRow,
    ModelsReport,
    check_same,
)
from edgevid_bench.report import Row

_WARM_UP = 2
_SECONDS = 0.5
"""Of one measurement, or one step if that is longer."""
_INPUTS = 4
"""Different frames or clips, run one after the other."""


@dataclass
class _ModelCandidate:
    card: Card
    backend: Backend
    inputs: list[dict[str, Any]]
    frames: int
    """Of one step."""
    giga_macs: float | None
    """Of one step."""
    steps: int = 1
    memories: list[Any] = field(default_factory=lambda: [None])
    seconds: list[float] = field(default_factory=list)

    @property
    def clip_frames(self) -> int:
        long = max(self.frames, self.card.num_frames)
        return long if long > 1 else CLIP_FRAMES

    def warm_up(self) -> None:
        for _ in range(_WARM_UP):
            seconds = self.measure() * self.frames
        self.steps = max(1, round(_SECONDS / seconds))

    def measure(self) -> float:
        """Seconds per frame."""
        started = time.perf_counter()
        for step in range(self.steps):
            inputs = self.inputs[step % len(self.inputs)]
            _, self.memories = self.backend.run(inputs, self.memories)
        return (time.perf_counter() - started) / (self.steps * self.frames)


def bench_models(
    plugins: Plugins,
    names: Sequence[str] = (),
    *,
    small: bool = False,
    num_classes: int = 400,
    backend: BackendName = "onnxruntime",
    threads: int = 1,
    rounds: int = 5,
    known: ModelsReport | None = None,
    only_missing: bool = False,
    on_step: Callable[[str, int, int], None] = lambda name, done, total: None,
    on_row: Callable[[ModelsReport], None] = lambda report: None,
) -> ModelsReport:
    """Measure; every round runs a network and its baseline, so that drift hits both alike.

    Weights are random. At most two networks are in memory: one, and its baseline.

    Args:
        plugins: Installed plugins.
        names: Architectures; all that are registered if there are none.
        small: Measure the narrow networks that the tests use.
        num_classes: K.
        backend: ``onnxruntime`` on the CPU, which exports each network first, or ``torch``.
        threads: CPU threads.
        rounds: How often each pair is measured.
        known: A report to go on with: what is not measured now is kept from it.
        only_missing: Leave out what ``known`` has measured.
        on_step: Told what is measured now: name, networks done, networks in all.
        on_row: Given the report after each network.

    Raises:
        UnknownPluginError: If an architecture is not there.
        BackendUnavailableError: If PyTorch, the exporter or ONNX Runtime is missing.
        ConfigError: If nothing is installed, or ``known`` is of another machine or setting.
    """
    report = ModelsReport(
        machine=machine_name(), cores=usable_cores(), versions=library_versions(), backend=backend,
        threads=threads, num_classes=num_classes, small=small, rounds=rounds,
    )  # fmt: skip
    if known:
        check_same(known, report)
        report = report.model_copy(update={"rows": known.rows, "absent": known.absent})
    classes = {name: plugins.architectures[name] for name in names or plugins.architectures}
    if not classes:
        raise ConfigError("no architecture is installed to measure; pip install edgevid-zoo")
    _check_runs(backend)
    measured = {row.name for row in report.rows} if only_missing else set()
    wanted = sorted(set(classes) - measured, key=lambda n: (classes[n].baseline or "", n))
    bench = _ModelBench(plugins.architectures, small, num_classes, backend, threads, rounds)
    done = 0
    for baseline, members in groupby(wanted, key=lambda name: classes[name].baseline):
        with ExitStack() as stack:
            other: _ModelCandidate | None = None
            for name in members:
                on_step(name, done, len(wanted))
                done += 1
                try:
                    if other is None and baseline in plugins.architectures:
                        other = bench.opened(str(baseline), stack)
                    report = report.with_row(name, bench.row(name, str(baseline), other), "")
                # One network that cannot be built or exported must not take the others with it.
                except Exception as error:
                    reason = f"{type(error).__name__}: {one_line(error)}"
                    report = report.with_row(name, None, reason)
                on_row(report)
    return report


@dataclass(frozen=True)
class _ModelBench:
    architectures: Mapping[str, type[Architecture]]
    small: bool
    num_classes: int
    backend: BackendName
    threads: int
    rounds: int

    def row(self, name: str, baseline: str, other: _ModelCandidate | None) -> ModelRow:
        """Measure one network in turns with its baseline."""
        with ExitStack() as stack:
            same = other is not None and name == baseline
            own = other if other is not None and same else self.opened(name, stack)
            own.warm_up()
            own.seconds, against = [], []
            for _ in range(self.rounds):
                own.seconds.append(own.measure())
                if other is not None:
                    against.append(own.seconds[-1] if same else other.measure())
        return _row(name, own, baseline, other, against)

    def opened(self, name: str, stack: ExitStack) -> _ModelCandidate:
        """Build a network, and run it once."""
        architecture = self.architectures[name]()
        card = architecture.default_card(
            [f"class_{index}" for index in range(self.num_classes)],
            **(architecture.small if self.small else {}),
        )
        counts = architecture.counts(card)
        backend = stack.enter_context(self._open(architecture, card))
        inputs = list(_inputs(card))
        frames = max(
            [path.num_frames for path in card.pathways]
            or [card.num_frames if card.temporal_mode == "clip" else 1]
        )
        giga_macs = counts.giga_macs if counts else None
        candidate = _ModelCandidate(card, backend, inputs, frames, giga_macs)
        candidate.warm_up()
        return candidate

    def _open(self, architecture: Architecture, card: Card) -> Backend:
        if self.backend == "torch":
            options = TorchBackend.Options(device="cpu", threads=self.threads)
            return TorchBackend.around(options, card, architecture.build(card))
        # The file may go once it is loaded: hundreds of megabytes for the largest.
        with tempfile.TemporaryDirectory(prefix="edgevid-bench-") as folder:
            path = Path(folder) / f"{card.name}.onnx"
            _exporter().write_onnx(architecture.build(card), card, path)
            return OnnxRuntimeBackend(
                OnnxRuntimeBackend.Options(device="cpu", threads=self.threads), Bundle(path, card)
            )


def _row(
    name: str,
    own: _ModelCandidate,
    baseline: str,
    other: _ModelCandidate | None,
    against: list[float],
) -> ModelRow:
    card, time_ = own.card, Row.of(name, own.seconds)
    per_step = statistics.median(own.seconds) * 1e3 * own.frames
    stride = card.stride_frames if own.frames > 1 else 1
    macs = _per_clip(own)
    row = ModelRow(
        name=name,
        temporal_mode=card.temporal_mode,
        input_size=card.input_size or (0, 0),
        clip_frames=own.clip_frames,
        time=time_,
        ms_per_clip=round(per_step / own.frames * own.clip_frames, 2),
        ms_per_new_frame=round(per_step / stride, 3),
        giga_macs_per_clip=None if macs is None else round(macs, 4),
    )
    if other is None:
        return row
    ratio = statistics.median(a / b for a, b in zip(own.seconds, against, strict=True))
    theirs = _per_clip(other)
    return row.model_copy(
        update={
            "baseline": baseline,
            "ratio_per_frame": round(ratio, 3),
            "ratio_per_clip": round(ratio * own.clip_frames / other.clip_frames, 3),
            "macs_ratio_per_clip": round(macs / theirs, 3) if macs and theirs else None,
        }
    )


def _per_clip(candidate: _ModelCandidate) -> float | None:
    if candidate.giga_macs is None:
        return None
    return candidate.giga_macs * candidate.clip_frames / candidate.frames


def _inputs(card: Card) -> Iterator[dict[str, Any]]:
    """Graph inputs of a stream's first steps."""
    height, width = card.input_size or (224, 224)
    length = card.window_frames + (_INPUTS - 1) * card.stride_frames
    clip = golden_clip(length, height, width)
    for number, (_, inputs, _) in enumerate(golden_inputs(card, clip, length)):
        if number < _INPUTS:
            yield inputs


def _check_runs(backend: BackendName) -> None:
    """Before minutes are measured, not after."""
    if reason := TorchBackend.unavailable():
        raise BackendUnavailableError(reason)
    if backend == "onnxruntime":
        if reason := OnnxRuntimeBackend.unavailable():
            raise BackendUnavailableError(reason)
        _exporter()


def _exporter() -> Any:
    """The exporter module, which brings PyTorch and ONNX: other benchmarks do without."""
    try:
        import edgevid_export.bundle as exporter
    except ImportError as error:
        raise BackendUnavailableError(
            f'measuring in ONNX Runtime needs the exporter ({error}); pip install "edgevid[export]"'
            f", or measure in PyTorch: --backend torch"
        ) from error
    return exporter


__all__ = ["bench_models"]
