"""``edgevid bench batch``: a whole batch, its inference and its decoding alone, and single runs."""

from __future__ import annotations

import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from edgevid_batch.config.batch import BatchConfig
from edgevid_batch.copies import Copies
from edgevid_batch.drives import expand
from edgevid_batch.engines.decoder import Decoder
from edgevid_batch.engines.model import Facts, opened_model
from edgevid_batch.scoring import FrameBlock
from edgevid_batch.sources import Sources
from edgevid_batch.tasks import DecodeTask, Failed, SurveyTask, survey
from edgevid_batch.timings import Clock

from edgevid import golden_clip
from edgevid.config import BackendConfig, ModelConfig
from edgevid.errors import ConfigError
from edgevid.interfaces import Model
from edgevid.machine import machine_name, usable_cores
from edgevid.pipeline import library_versions
from edgevid.plugins import Plugins
from edgevid.types import Frame
from edgevid_bench.batch_report import (
    TARGET_TO_INFERENCE,
    TARGET_TO_RUN,
    BatchReport,
    BatchRow,
    Measured,
    Ratio,
    Shares,
)
from edgevid_bench.drives import KINDS, make_drives

_ALONE_SECONDS = 3.0
_ALONE_FRAMES = 32

INFERENCE = "batched inference alone"
DECODE = "decoding alone"
BATCH = "edgevid batch"
RUN = "edgevid run, file by file"


def bench_batch(
    plugins: Plugins,
    given: Sequence[str] = (),
    *,
    model: str = "driver",
    backend: str = "auto",
    workers: int | None = None,
    minutes: float = 3.0,
    rounds: int = 5,
    on_step: Callable[[str, int, int], None] = lambda name, done, total: None,
) -> BatchReport:
    """Measure; every round measures everything once, so that drift hits all alike.

    Args:
        plugins: Installed plugins.
        given: Drives; some are made if there are none.
        model: Bundle or model name.
        backend: As in ``edgevid run``.
        workers: Decoding processes; one for each core if None.
        minutes: Length of each drive that is made.
        rounds: How often everything is measured.
        on_step: Told what is measured now: name, steps done, steps in all.

    Raises:
        ConfigError: If a drive cannot be measured on.
    """
    with tempfile.TemporaryDirectory(prefix="edgevid-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        shown = ", ".join(given)
        if not given:
            on_step("make drives", 0, 1)
            made = make_drives(folder, minutes * 60)
            given = [str(path) for path in made]
            each = "; ".join(kind.about for kind in KINDS)
            shown = f"made: {len(made) // len(KINDS)} x {minutes:g} minutes each of {each}"
        config = BatchConfig(
            drives=tuple(expand(given)),
            out=str(folder / "out"),
            model=ModelConfig(name=model),
            backend=BackendConfig(name=backend),
            workers=workers or usable_cores(),
        )
        opened, facts = stack.enter_context(opened_model(config, plugins))
        if not facts.prepare:
            raise ConfigError(f"--model {model}: only models with an input size are measured")
        bench = _BatchBench(config, opened, facts, Sources.of(plugins), folder)
        return bench.report(shown, rounds, on_step)


@dataclass
class _BatchBench:
    config: BatchConfig
    model: Model
    facts: Facts
    sources: Sources
    folder: Path

    def report(
        self, shown: str, rounds: int, on_step: Callable[[str, int, int], None]
    ) -> BatchReport:
        tasks, video_seconds = self._plan()
        found: dict[str, list[Measured]] = {name: [] for name in (INFERENCE, DECODE, BATCH, RUN)}
        all_timings: list[dict[str, Any]] = []
        for number in range(rounds):
            step = number * len(found)
            on_step(INFERENCE, step, rounds * len(found))
            alone = self._inference()
            on_step(DECODE, step + 1, rounds * len(found))
            found[DECODE].append(self._decode(tasks))
            on_step(BATCH, step + 2, rounds * len(found))
            measured, timings = self._batch()
            found[BATCH].append(measured)
            all_timings.append(timings)
            frames = timings["frames_scored"]
            found[INFERENCE].append(Measured(alone.seconds * frames, alone.core_seconds * frames))
            on_step(RUN, step + 3, rounds * len(found))
            found[RUN].append(self._runs())
        rows = [BatchRow.of(name, measured, video_seconds) for name, measured in found.items()]
        frames = all_timings[0]["frames_scored"]
        return BatchReport(
            machine=machine_name(),
            cores=usable_cores(),
            versions=library_versions(),
            drives=shown,
            num_drives=len(self.config.drives),
            video_hours=round(video_seconds / 3600, 4),
            model=f"{self.facts.card.name} {self.facts.card.input_size}",
            runs_on=dict(self.facts.runs_on),
            batch_size=self.facts.batch_size,
            workers=self.config.workers or usable_cores(),
            rounds=rounds,
            frames_scored=frames,
            inference_frames_per_second=round(frames / rows[0].seconds, 1),
            rows=rows,
            ratios=_ratios(found),
            shares=_shares(all_timings, found[BATCH]),
            limited_by="decoding" if rows[1].seconds > rows[0].seconds else "inference",
        )

    def _plan(self) -> tuple[list[DecodeTask], float]:
        """Return the tasks of a batch, and the seconds of video."""
        tasks, seconds, copies = [], 0.0, Copies.of(self.config)
        chunk_seconds = self.config.chunk_seconds
        for uri in self.config.drives:
            look = survey(SurveyTask(uri, copies, self.sources, self.facts.card, chunk_seconds))
            if look.chunks is None:
                raise ConfigError(
                    f"{uri}: cannot be cut, so decoding it alone says little; give MP4, MKV, TS "
                    f"or WebM"
                )
            seconds += float(look.chunks[-1].seconds[-1] - look.chunks[0].seconds[0])
            tasks += [
                DecodeTask(
                    str(n), uri, copies, self.sources, self.facts.card, True, chunk, look.key_ticks
                )
                for n, chunk in enumerate(look.chunks)
            ]
        if seconds <= 0:
            raise ConfigError("the drives are too short to measure on; give some minutes of video")
        return tasks, seconds

    def _inference(self) -> Measured:
        """Seconds per frame, in batches as large as those of a batch."""
        height, width = self.facts.card.input_size or (0, 0)
        clip = golden_clip(_ALONE_FRAMES, height, width, seed=0)
        size = self.facts.batch_size
        states = [self.model.open() for _ in range(size)]
        clock, steps = Clock(), 0
        with clock.running():
            ends = time.perf_counter() + _ALONE_SECONDS
            while time.perf_counter() < ends:
                pts = steps / self.facts.card.input_rate_hz
                frame = Frame(clip[steps % len(clip)], steps, pts, 0.0, "bench")
                self.model.step([frame] * size, states)
                steps += 1
        return Measured(clock.seconds / (steps * size), clock.core_seconds / (steps * size))

    def _decode(self, tasks: Sequence[DecodeTask]) -> Measured:
        """All drives, by the processes that decode in a batch, which have started before."""
        decoders = [Decoder() for _ in range(self.config.workers or 1)]
        try:
            for decoder in decoders:
                decoder.begin(
                    SurveyTask(
                        tasks[0].uri, tasks[0].copies, self.sources, self.facts.card, None,
                        sha256="-",
                    )
                )  # fmt: skip
            for decoder in decoders:
                decoder.connection.recv()
            started = time.perf_counter()
            core_seconds = _drain(decoders, list(tasks))
            return Measured(time.perf_counter() - started, core_seconds)
        finally:
            for decoder in decoders:
                decoder.close()

    def _batch(self) -> tuple[Measured, dict[str, Any]]:
        out = self.folder / "out"
        measured, output = _command(
            "batch", *self._alike, "--out", str(out), "--json",
            "--workers", str(self.config.workers), "--batch-size", str(self.facts.batch_size),
            "--", *self.config.drives,
        )  # fmt: skip
        shutil.rmtree(out)
        timings: dict[str, Any] = json.loads(output)["timings"]
        return measured, timings

    def _runs(self) -> Measured:
        sink = f"jsonl:{self.folder / 'run.jsonl'}"
        each = [
            _command("run", *self._alike, "--sink", sink, "--quiet", "--", uri)[0]
            for uri in self.config.drives
        ]
        return Measured(sum(m.seconds for m in each), sum(m.core_seconds for m in each))

    @property
    def _alike(self) -> tuple[str, ...]:
        return "--model", self.config.model.name, "--backend", self.config.backend.name


def _drain(decoders: Sequence[Decoder], tasks: list[DecodeTask]) -> float:
    """Processor time of all tasks."""
    idle, core_seconds = list(decoders), 0.0
    busy: dict[Any, Decoder] = {}
    while tasks or busy:
        while tasks and idle:
            decoder = idle.pop()
            decoder.begin(tasks.pop(0))
            busy[decoder.connection] = decoder
        for connection in wait(list(busy)):
            answer = busy[connection].connection.recv()
            if isinstance(answer, Failed):
                raise ConfigError(f"a drive cannot be measured on: {answer.reason}")
            if isinstance(answer, FrameBlock):
                core_seconds += answer.core_seconds
                if answer.is_last:
                    idle.append(busy.pop(connection))
    return core_seconds


def _command(*words: str) -> tuple[Measured, str]:
    """Run the command ``edgevid``, its start included."""
    before, started = _children_seconds(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "edgevid", *words], capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        last = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise ConfigError(f"edgevid {words[0]} fails on these drives: {last}")
    return Measured(seconds, _children_seconds() - before), done.stdout


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _ratios(found: dict[str, list[Measured]]) -> list[Ratio]:
    def median(times: Callable[[Measured, Measured, Measured], float]) -> float:
        alone = zip(found[INFERENCE], found[DECODE], found[RUN], strict=True)
        pairs = zip(alone, found[BATCH], strict=True)
        return round(statistics.median(times(*each) / whole.seconds for each, whole in pairs), 3)

    def possible(inference: Measured, decode: Measured, _: Measured) -> float:
        shared = (inference.core_seconds + decode.core_seconds) / usable_cores()
        return max(inference.seconds, decode.seconds, shared)

    return [
        Ratio(
            name="of batched inference alone",
            ratio=median(lambda inference, decode, run: inference.seconds),
            target=TARGET_TO_INFERENCE,
        ),
        Ratio(
            name="of decoding alone",
            ratio=median(lambda inference, decode, run: decode.seconds),
        ),
        Ratio(
            name="of what these cores could do if nothing but decoding and inference took time",
            ratio=median(possible),
        ),
        Ratio(
            name="times as fast as edgevid run, file by file",
            ratio=median(lambda inference, decode, run: run.seconds),
            target=TARGET_TO_RUN,
        ),
    ]


def _shares(all_timings: Sequence[dict[str, Any]], whole: Sequence[Measured]) -> Shares:
    def share(key: str) -> float:
        parts = [s[key] / w.core_seconds for s, w in zip(all_timings, whole, strict=True)]
        return round(float(statistics.median(parts)), 3)

    survey_, decode = share("survey_core_seconds"), share("decode_core_seconds")
    inference = share("inference_core_seconds")
    rest = round(max(0.0, 1 - survey_ - decode - inference), 3)
    return Shares(survey=survey_, decode=decode, inference=inference, rest=rest)
