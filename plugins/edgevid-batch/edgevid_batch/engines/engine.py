"""Interface of engines, and the messages they send."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Protocol

from edgevid_batch.scored import Scored
from edgevid_batch.tasks import DecodeTask, Failure, Survey, SurveyTask
from edgevid_batch.timings import Work


class Listener(Protocol):
    """Receives the outcome of tasks, one at a time, and returns the tasks that follow."""

    def surveyed(self, survey: Survey) -> Sequence[DecodeTask]:
        """A drive can be read."""
        ...

    def not_surveyed(self, task: SurveyTask, kind: Failure, reason: str) -> Sequence[DecodeTask]:
        """A drive cannot be read."""
        ...

    def scored(self, task: DecodeTask, rows: Scored) -> Sequence[DecodeTask]:
        """A chunk, or a whole drive, was scored."""
        ...

    def not_scored(self, task: DecodeTask, kind: Failure, reason: str) -> Sequence[DecodeTask]:
        """A chunk, or a whole drive, could not be decoded."""
        ...


class Engine(ABC):
    """Surveys drives and scores what comes of it, in any order."""

    @abstractmethod
    def run(self, surveys: Iterable[SurveyTask], listener: Listener) -> None:
        """Work until nothing is left to do.

        Raises:
            EdgevidError: If the model fails, or the engine itself.
        """

    @property
    def work(self) -> Work | None:
        """Work done so far; None if the engine does not know."""
        return None

    @abstractmethod
    def close(self) -> None:
        """Stop at once; finished work is kept."""
