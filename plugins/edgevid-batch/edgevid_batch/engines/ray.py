"""``ray``: the same tasks on a Ray cluster, decoded wherever there is room, scored by actors.

A scorer asks for the blocks of its chunks itself: they go from a decoding task through the object
store to it, and Ray pauses a decoder that is ahead of its scorer. Only scores come back here.
"""

from __future__ import annotations

import logging
import math
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgevid.errors import BatchError, ConfigError, EdgevidError, one_line
from edgevid_batch.config.batch import BatchConfig
from edgevid_batch.engines.engine import Engine, Listener
from edgevid_batch.engines.model import Facts
from edgevid_batch.engines.ray_cluster import connected
from edgevid_batch.engines.ray_work import Opened, RayScorer, Unseen, can_read, look
from edgevid_batch.identity import model_id
from edgevid_batch.names import name_of
from edgevid_batch.tasks import DecodeTask, Failed, SurveyTask

_logger = logging.getLogger(__name__)

_POLL_SECONDS = 1.0
_START_SECONDS = 600.0
"""Longest start of the first scorer, until its model is open, seconds."""
_ROOM_SECONDS = 60.0
"""Longest time without room for any task before the batch ends, seconds."""
_RESUME_HINT = "what was done is kept: run the same again"


class LostError(Exception):
    """The process or the node that worked on something has died."""


@dataclass(eq=False)
class ScorerHandle:
    """A scorer, as it is seen from here."""

    actor: Any
    num_tasks: int = 0
    is_open: bool = False


@contextmanager
def open_ray(config: BatchConfig) -> Iterator[tuple[Engine, Facts]]:
    """A cluster with a first scorer, until the end.

    Raises:
        ConfigError: If there is no Ray, no cluster, or no room on it.
        ModelError: If the model cannot be built there.
        BatchError: If the first scorer does not start.
    """
    with connected(config.ray.address, config.workers) as ray:
        engine = RayEngine(ray, config)
        try:
            yield engine, engine.start()
        finally:
            engine.close()


class RayEngine(Engine):
    """Decoding as tasks, scoring in actors."""

    def __init__(self, ray: Any, config: BatchConfig) -> None:
        """Take a connected Ray."""
        self._ray = ray
        self._config = config
        self._folder = str(Path.cwd())
        self._num_slots, self._num_scorers = _room(ray, config)
        self._look = ray.remote(num_cpus=1, max_retries=config.ray.retries)(look)
        # Without a processor of their own: decoders can never be shut out by scorers that wait.
        self._scorer_class = ray.remote(
            num_cpus=0,
            num_gpus=config.ray.gpus_per_scorer,
            max_restarts=config.ray.retries,
            max_concurrency=1000,
            scheduling_strategy="SPREAD",
        )(RayScorer)
        self._scorers: list[ScorerHandle] = []
        self._opening: dict[Any, ScorerHandle] = {}
        self._surveying: dict[Any, SurveyTask] = {}
        self._scoring: dict[Any, tuple[ScorerHandle, DecodeTask]] = {}
        self._decodes: deque[DecodeTask] = deque()
        self._surveys: Iterator[SurveyTask] = iter(())
        self._lost: Counter[str] = Counter()
        self._full_since: float | None = None
        self._first: Opened
        self._most = 1

    def start(self) -> Facts:
        """Open the first scorer, which says what the model is, and let the others open.

        Raises:
            EdgevidError: If it cannot be opened.
        """
        scorer = self._add(self._config)
        ref = next(iter(self._opening))
        if not self._ray.wait([ref], timeout=_START_SECONDS)[0]:
            raise BatchError(
                f"no scorer has started in {_START_SECONDS:.0f} s: the cluster is full"
            )
        del self._opening[ref]
        try:
            self._first = self._value(ref)
        except LostError as error:
            raise BatchError(f"the first scorer died while it opened its model: {error}") from error
        scorer.is_open = True
        facts = self._first.facts
        self._most = facts.batch_size + math.ceil(self._num_slots / self._num_scorers)
        same = self._config.model_copy(update={"batch_size": facts.batch_size})
        for _ in range(self._num_scorers - 1):
            self._add(same)
        return facts

    def _add(self, config: BatchConfig) -> ScorerHandle:
        scorer = ScorerHandle(self._scorer_class.remote(config, self._folder))
        self._scorers.append(scorer)
        self._open(scorer)
        return scorer

    def _open(self, scorer: ScorerHandle) -> None:
        scorer.is_open = False
        # It waits for an actor that Ray starts anew, however often.
        self._opening[scorer.actor.open.options(max_task_retries=-1).remote()] = scorer

    def run(self, surveys: Iterable[SurveyTask], listener: Listener) -> None:
        """Work until nothing is left to do."""
        self._surveys = iter(surveys)
        while True:
            self._submit()
            if not (self._decodes or self._scoring or self._surveying):
                return
            wanted = [*self._scoring, *self._surveying, *self._opening]
            ready = self._ray.wait(wanted, timeout=_POLL_SECONDS)[0] if wanted else []
            self._check_room(bool(ready))
            for ref in ready:
                self._decodes.extend(self._handle(ref, listener))

    def _submit(self) -> None:
        while self._decodes:
            free = [h for h in self._scorers if h.is_open and h.num_tasks < self._most]
            if not free:
                return
            scorer = min(free, key=lambda scorer: scorer.num_tasks)
            task = self._decodes.popleft()
            self._scoring[scorer.actor.score.remote(task)] = (scorer, task)
            scorer.num_tasks += 1
        # Decoding first: what was surveyed can be finished, and finished work is kept.
        while len(self._surveying) < self._num_slots:
            survey = next(self._surveys, None)
            if survey is None:
                return
            self._surveying[self._look.remote(survey, self._folder)] = survey

    def _handle(self, ref: Any, listener: Listener) -> Sequence[DecodeTask]:
        if ref in self._opening:
            self._opened(ref, self._opening.pop(ref))
            return ()
        if ref in self._surveying:
            return self._surveyed(ref, self._surveying.pop(ref), listener)
        scorer, task = self._scoring.pop(ref)
        scorer.num_tasks -= 1
        try:
            answer = self._value(ref)
        except LostError as error:
            self._again(scorer, task, str(error))
            return ()
        if answer is None:
            self._again(scorer, task, "it was started anew")
            return ()
        if isinstance(answer, Failed):
            _refuse_unseen(task.uri, answer)
            return listener.not_scored(task, answer.kind, answer.reason)
        return listener.scored(task, answer)

    def _surveyed(self, ref: Any, task: SurveyTask, listener: Listener) -> Sequence[DecodeTask]:
        try:
            answer = self._value(ref)
        except LostError as error:
            times = self._config.ray.retries + 1
            reason = f"reading this file crashed its process {times} times: {error}"
            return listener.not_surveyed(task, "unreadable", reason)
        if isinstance(answer, Failed):
            _refuse_unseen(task.uri, answer)
            return listener.not_surveyed(task, answer.kind, answer.reason)
        return listener.surveyed(answer)

    def _value(self, ref: Any) -> Any:
        from ray.exceptions import RayError, RayTaskError

        try:
            return self._ray.get(ref)
        except RayTaskError as error:
            cause = error.cause
            while isinstance(cause, RayTaskError):
                cause = cause.cause
            if isinstance(cause, EdgevidError):
                raise cause from error
            kind = type(cause).__name__
            raise BatchError(f"a node failed: {kind}: {one_line(cause)}; {_RESUME_HINT}") from error
        except RayError as error:
            raise LostError(one_line(error, 200)) from error

    def _again(self, scorer: ScorerHandle, task: DecodeTask, reason: str) -> None:
        """Give a task to whichever scorer is there; its own may be on its way to another node."""
        if scorer.is_open:
            _logger.warning("a scorer was lost, and is started anew: %s", reason)
            self._open(scorer)
        self._lost[task.stream] += 1
        if self._lost[task.stream] > self._config.ray.retries:
            raise BatchError(
                f"{name_of(task.uri)}: its scorer was lost {self._lost[task.stream]} times; "
                f"{_RESUME_HINT}"
            )
        self._decodes.appendleft(task)

    def _opened(self, ref: Any, scorer: ScorerHandle) -> None:
        try:
            opened: Opened = self._value(ref)
        except LostError as error:
            self._drop(scorer, f"a scorer cannot be started any more: {error}")
            return
        _refuse_other(self._first, opened, self._config)
        if opened.bits != self._first.bits:
            self._drop(scorer, f"a scorer on {opened.node} rounds differently from the first")
            return
        scorer.is_open = True

    def _drop(self, scorer: ScorerHandle, reason: str) -> None:
        _logger.warning("%s; it is left out", reason)
        self._ray.kill(scorer.actor)
        self._scorers.remove(scorer)
        if not self._scorers:
            raise BatchError(f"{reason}, and no other one is left; {_RESUME_HINT}")

    def _check_room(self, is_moving: bool) -> None:
        """Ray waits for ever for a node that would have room."""
        if is_moving:
            self._full_since = None
            return
        cpus, gpus = _resources(self._ray)
        if cpus >= 1 and gpus >= self._config.ray.gpus_per_scorer:
            self._full_since = None
            return
        self._full_since = self._full_since or time.monotonic()
        if time.monotonic() - self._full_since > _ROOM_SECONDS:
            raise BatchError(
                f"the cluster's nodes have {cpus:g} CPUs and {gpus:g} GPUs left, too few for any "
                f"task; {_RESUME_HINT} when nodes are back"
            )

    def close(self) -> None:
        """Stop at once."""
        for scorer in self._scorers:
            self._ray.kill(scorer.actor)
        self._scorers = []


def _resources(ray: Any) -> tuple[float, float]:
    """CPUs and GPUs of all nodes that live."""
    there = ray.cluster_resources()
    return there.get("CPU", 0.0), there.get("GPU", 0.0)


def _room(ray: Any, config: BatchConfig) -> tuple[int, int]:
    """Tasks at once, and scorers."""
    cpus, gpus = _resources(ray)
    if cpus < 1:
        raise ConfigError("the cluster has no CPU to decode on; `ray start --num-cpus N` gives it")
    each = config.ray.gpus_per_scorer
    fitting = sum(node["Alive"] for node in ray.nodes())
    if each:
        # Parts of different GPUs do not make one.
        fitting = int(gpus) * int(1 / each) if each < 1 else int(gpus / each)
        if not fitting:
            raise ConfigError(f"--gpus-per-scorer {each:g}: the cluster has {gpus:g} GPUs")
    wanted = config.ray.scorers or fitting
    if each and wanted > fitting:
        raise ConfigError(
            f"--scorers {wanted}: the cluster's {gpus:g} GPUs have room for {fitting}"
        )
    return int(cpus), wanted


def _refuse_unseen(uri: str, failed: Failed) -> None:
    if isinstance(failed, Unseen) and can_read(uri):
        raise ConfigError(
            f"{name_of(uri)}: the node {failed.node} cannot read it, and this one can; every node "
            f"must see the drives under the same path (a shared file system), or they must be URLs"
        )


def _refuse_other(first: Opened, other: Opened, config: BatchConfig) -> None:
    """Scores of one batch come from one model."""
    for what, ours, theirs in (
        ("edgevid", first.version, other.version),
        ("the backend", _ran_on(first), _ran_on(other)),
        (
            "the model",
            model_id(first.facts.card, config, first.facts.runs_on),
            model_id(other.facts.card, config, other.facts.runs_on),
        ),
    ):
        if ours != theirs:
            raise ConfigError(
                f"{what} is {ours} on node {first.node}, and {theirs} on node {other.node}; every "
                f"scorer must have the same: install alike, and name the backend with --backend "
                f"and --require"
            )


def _ran_on(opened: Opened) -> str:
    runs_on = opened.facts.runs_on
    return f"{runs_on.get('backend')} {runs_on.get('provider')}"
