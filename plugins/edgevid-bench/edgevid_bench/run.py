"""``edgevid bench run``: decode, inference and encode alone, and the pipeline over all of them."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edgevid.config import RunConfig, SinkConfig, SourceConfig
from edgevid.errors import SourceOpenError
from edgevid.interfaces import RunInfo
from edgevid.machine import machine_name, usable_cores
from edgevid.pipeline import (
    BuiltModel,
    Pipeline,
    RunResult,
    build_events,
    build_explainer,
    build_model,
    build_overlays,
    build_sinks,
    build_source,
    library_versions,
)
from edgevid.plugins import Plugins
from edgevid_bench import stages
from edgevid_bench.clip import write_clip
from edgevid_bench.paced import PacedSource
from edgevid_bench.report import BenchReport, LiveLatency, Row

_MEMORY_FRAMES = 90
"""Decoded frames kept for stages without decoding: 250 MB at 720p."""


@dataclass(frozen=True)
class _PipelineBench:
    plugins: Plugins
    config: RunConfig
    uri: str
    rate_hz: float
    folder: Path

    def pipeline(self, sinks: tuple[SinkConfig, ...], *, paced: bool = False) -> Pipeline:
        """The ordinary pipeline, its model at the rate of the source: every frame is analysed."""
        source = build_source(self.plugins, SourceConfig(uri=self.uri))
        built = self.model()
        return Pipeline(
            PacedSource(source) if paced else source,
            built,
            build_events(self.plugins, self.config.events, built.model.card),
            config=self.config,
            explainer=build_explainer(self.plugins, self.config.explainer, self.config.backend)
            if self.config.explainer
            else None,
            overlays=build_overlays(self.plugins, self.config.overlays),
            sinks=build_sinks(self.plugins, sinks),
        )

    def model(self) -> BuiltModel:
        """The model, asking for every frame of the source."""
        built = build_model(self.plugins, self.config.model, self.config.backend)
        built.model.card = built.model.card.model_copy(update={"input_rate_hz": self.rate_hz})
        return built

    def end_to_end(self, sinks: tuple[SinkConfig, ...]) -> float:
        """Seconds per frame of a whole run, opening and closing left out."""
        result = self.pipeline(sinks).run()
        return result.elapsed_seconds / result.frames.read

    def live(self, seconds: float) -> LiveLatency:
        """Latency with frames arriving in real time."""
        config = self.config.model_copy(update={"duration_seconds": seconds})
        bench = _PipelineBench(self.plugins, config, self.uri, self.rate_hz, self.folder)
        cpu = time.process_time()
        result: RunResult = bench.pipeline((), paced=True).run()
        cpu = time.process_time() - cpu
        latency = result.latency["grab_to_prediction"]
        return LiveLatency(
            source_rate_hz=round(self.rate_hz, 3),
            seconds=round(result.covered_seconds, 2),
            p50_ms=round(latency.p50_ms, 2),
            p95_ms=round(latency.p95_ms, 2),
            frames_analysed=result.frames.analysed,
            frames_dropped=sum(result.frames.dropped.values()),
            cpu_ms_per_frame=round(cpu / result.frames.read * 1e3, 2),
        )


def bench_run(
    plugins: Plugins,
    config: RunConfig | None,
    *,
    model: str | None = None,
    uri: str | None = None,
    rounds: int = 5,
    live_seconds: float = 10.0,
    frames: int = 300,
    on_step: Callable[[str, int, int], None] = lambda name, done, total: None,
) -> BenchReport:
    """Measure; every round measures everything once, so that drift hits all alike.

    Args:
        plugins: Installed plugins.
        config: Backend, events and overlays to use; the defaults if None.
        model: Bundle or model name; that of the configuration if None.
        uri: A file to measure on; a 720p clip is made if None.
        rounds: How often everything is measured.
        live_seconds: Length of the paced run; 0 leaves it out.
        frames: Length of the clip that is made.
        on_step: Told what is measured now: name, steps done, steps in all.
    """
    with tempfile.TemporaryDirectory(prefix="edgevid-bench-") as name:
        folder = Path(name)
        shown = uri or f"made: 1280x720, 30 fps, {frames} frames, H.264"
        if uri is None:
            on_step("make clip", 0, 1)
            uri = str(folder / "clip.mp4")
            write_clip(Path(uri), num_frames=frames)
        base = config or RunConfig(source=SourceConfig(uri=uri), sinks=())
        update: dict[str, object] = {"run_json": None}
        if model is not None:
            update["model"] = base.model.model_copy(update={"name": model, "options": {}})
        bench = _PipelineBench(
            plugins, base.model_copy(update=update), uri, _rate(plugins, uri), folder
        )
        return _measure(bench, shown, rounds, live_seconds, on_step)


def _rate(plugins: Plugins, uri: str) -> float:
    kept = stages.read_frames(plugins, uri, 30)
    if len(kept) < 3:
        raise SourceOpenError(f"{uri}: too short to measure on; give a video of some seconds")
    return (len(kept) - 1) / (kept[-1].pts_seconds - kept[0].pts_seconds)


def _measure(
    bench: _PipelineBench,
    shown: str,
    rounds: int,
    live_seconds: float,
    on_step: Callable[[str, int, int], None],
) -> BenchReport:
    kept = stages.read_frames(bench.plugins, bench.uri, _MEMORY_FRAMES)
    built = bench.model()
    with build_source(bench.plugins, SourceConfig(uri=bench.uri)) as source:
        info = source.open()
    session = RunInfo(info, built.model.card, built.model.runs_on, "bench", "")
    overlays = build_overlays(bench.plugins, bench.config.overlays)
    predictions = stages.predicted(built.model, kept)
    video = SinkConfig(name="video", target=str(bench.folder / "out.mp4"))
    measurements: dict[str, Callable[[], float]] = {
        "decode": lambda: stages.decode(bench.plugins, bench.uri),
        "resize": lambda: stages.shrink(kept, built.model.card),
        "inference": lambda: stages.inference(built.model, kept),
        "overlay": lambda: stages.overlay(overlays, kept, predictions, session),
        "encode": lambda: stages.encode(bench.plugins, kept, session, bench.folder),
        "plain loop in one thread": lambda: stages.sequential(
            bench.plugins, bench.uri, built.model
        ),
        "end to end": lambda: bench.end_to_end(()),
        "end to end with annotated video": lambda: bench.end_to_end((video,)),
    }
    stages.inference(built.model, kept[:10])
    found: dict[str, list[float]] = {name: [] for name in measurements}
    total = rounds * len(measurements) + 1
    for _ in range(rounds):
        for name, measure in measurements.items():
            on_step(name, sum(map(len, found.values())), total)
            found[name].append(measure())
    on_step("live", total - 1, total)
    live = bench.live(live_seconds) if live_seconds else None
    built.model.close()
    return BenchReport(
        machine=machine_name(),
        cores=usable_cores(),
        versions=library_versions(),
        source=shown,
        model=f"{built.model.card.name} {built.model.card.input_size or ''}".strip(),
        runs_on=dict(built.model.runs_on),
        rounds=rounds,
        frames=len(kept),
        rows=[Row.of(name, seconds) for name, seconds in found.items()],
        ratios={
            "end to end": _ratio(found, "end to end", "decode", "inference"),
            "end to end with annotated video": _ratio(
                found, "end to end with annotated video", "decode", "inference", "encode"
            ),
        },
        live=live,
    )


def _ratio(found: dict[str, list[float]], whole: str, *parts: str) -> float:
    """Throughput of the whole over that of its slowest part, round by round."""
    rounds = zip(*(found[part] for part in parts), strict=True)
    pairs = zip(rounds, found[whole], strict=True)
    return round(float(statistics.median([max(slow) / together for slow, together in pairs])), 3)
