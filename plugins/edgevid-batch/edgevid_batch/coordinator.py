"""One batch: what is missing or changed is scored, everything is joined, events are made once."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

from edgevid.card import Card
from edgevid.errors import BatchError
from edgevid.records import plain
from edgevid_batch.chunks import Chunk
from edgevid_batch.copies import Copies
from edgevid_batch.engines.engine import Engine
from edgevid_batch.manifest import BatchManifest, Entry
from edgevid_batch.names import without_secrets
from edgevid_batch.remote import version_of
from edgevid_batch.scored import NotJoinedError, Scored, join
from edgevid_batch.sources import Sources
from edgevid_batch.store import Store
from edgevid_batch.tasks import DecodeTask, Failure, Survey, SurveyTask
from edgevid_batch.urls import is_remote

_logger = logging.getLogger(__name__)

DriveDone = Callable[[Entry], None]
"""Called with the newest line of a drive when it is over."""


@dataclass(frozen=True)
class Plan:
    """Settings shared by all drives of a batch."""

    card: Card
    model_id: str
    policy_sha256: str
    names: Mapping[str, str]
    """Drive → what it is called in results."""
    prepare: bool
    """Whether workers resize the images."""
    chunk_seconds: float | None
    copies: Copies
    sources: Sources


@dataclass
class _Drive:
    survey: Survey
    version: str | None
    waiting: dict[int, DecodeTask]
    """Chunks that are not scored yet."""
    whole: bool
    name: str
    """Name of its tasks: those of a name that has vanished are not those of the next one."""


class Coordinator:
    """Turns an engine's messages into scores in a store, and lines in a manifest."""

    def __init__(
        self, plan: Plan, manifest: BatchManifest, store: Store, on_drive: DriveDone | None = None
    ) -> None:
        """Take what a batch needs; ``run`` works."""
        self._plan = plan
        self._manifest = manifest
        self._store = store
        self._on_drive = on_drive or (lambda entry: None)
        self._drives: dict[str, _Drive] = {}
        """By content, while they are worked on."""
        self._same: dict[str, list[tuple[Survey, str | None]]] = {}
        """More names of a content that is worked on."""
        self._versions: dict[str, str | None] = {}
        self.num_scored = 0
        """Drives that were scored, and not known before."""
        self.video_seconds = 0.0
        """Length of what was scored."""

    def run(self, uris: Sequence[str], engine: Engine) -> None:
        """Score what is missing.

        Raises:
            EdgevidError: If the model or the engine fails.
            OSError: If results cannot be written; what was written stays.
        """
        engine.run(self._surveys(uris), self)

    def _surveys(self, uris: Sequence[str]) -> Iterator[SurveyTask]:
        for uri in uris:
            self._versions[uri] = version = version_of(uri)
            known = self._unchanged(uri, version)
            if known is not None and self._is_done(known):
                if known.policy == self._plan.policy_sha256:
                    self._on_drive(known)
                else:
                    self._add(known.model_copy(update={"policy": self._plan.policy_sha256}))
                continue
            yield SurveyTask(
                uri,
                self._plan.copies,
                self._plan.sources.only(uri),
                self._plan.card,
                self._plan.chunk_seconds,
                version,
                # Of what lies elsewhere, the copy may be newer than the version.
                known.sha256 if known and not is_remote(uri) else None,
            )

    def _unchanged(self, uri: str, version: str | None) -> Entry | None:
        """The line of a file that was not written since; its content need not be read again."""
        known = self._manifest.drives.get(self._plan.names[uri])
        if known is None or known.sha256 is None or version is None:
            return None
        return known if known.version == version else None

    def _is_done(self, entry: Entry) -> bool:
        return (
            entry.state == "done"
            and entry.model == self._plan.model_id
            and self._store.has_whole(entry.sha256 or "")
        )

    def surveyed(self, survey: Survey) -> Sequence[DecodeTask]:
        """Plan a drive: what the store does not have."""
        version = self._versions[survey.uri]
        kept = self._store.whole(survey.sha256)
        if kept is not None:
            self._over(survey, version, kept.warnings)
            return ()
        if survey.sha256 in self._drives:
            self._same.setdefault(survey.sha256, []).append((survey, version))
            return ()
        return self._begin(survey, version, attempt=0)

    def _begin(self, survey: Survey, version: str | None, attempt: int) -> Sequence[DecodeTask]:
        name = f"{survey.sha256}:{attempt}"
        drive = _Drive(survey, version, {}, whole=survey.chunks is None, name=name)
        self._drives[survey.sha256] = drive
        if survey.chunks is None:
            return (self._task(drive, None),)
        for chunk in survey.chunks:
            if self._stored_scores(survey, chunk) is None:
                drive.waiting[chunk.number] = self._task(drive, chunk)
        return tuple(drive.waiting.values()) or self._join(drive)

    def not_surveyed(self, task: SurveyTask, kind: Failure, reason: str) -> Sequence[DecodeTask]:
        """Write down that a drive cannot be read.

        Raises:
            BatchError: If it is not the drive that is at fault.
        """
        _stop_without_room(kind, reason)
        self._add(
            Entry(
                kind="drive",
                uri=self._plan.names[task.uri],
                state="failed",
                error=plain(without_secrets(task.uri, reason)),
                model=self._plan.model_id,
                policy=self._plan.policy_sha256,
            )
        )
        return ()

    def scored(self, task: DecodeTask, rows: Scored) -> Sequence[DecodeTask]:
        """Keep the scores of a chunk or a drive."""
        drive = self._drive_of(task)
        if drive is None:
            # A chunk that was on its way when its drive was over.
            return ()
        survey = drive.survey
        own = rows.seconds[task.chunk.lead if task.chunk else 0 :]
        self.video_seconds += float(own[-1] - own[0]) if len(own) else 0.0
        if task.chunk is None:
            self._keep(drive, rows)
            return ()
        first, end = _bounds(task.chunk)
        self._store.keep_chunk(survey.sha256, first, end, rows)
        self._manifest.add(
            Entry(
                kind="chunk",
                uri=self._plan.names[survey.uri],
                state="done",
                size_bytes=survey.size_bytes,
                version=drive.version,
                sha256=survey.sha256,
                model=self._plan.model_id,
                policy=self._plan.policy_sha256,
                first=first,
                end=end,
            )
        )
        drive.waiting.pop(task.chunk.number, None)
        return () if drive.waiting or drive.whole else self._join(drive)

    def not_scored(self, task: DecodeTask, kind: Failure, reason: str) -> Sequence[DecodeTask]:
        """Read a drive through that cannot be cut; write down one that cannot be read.

        Raises:
            BatchError: If it is not the drive that is at fault.
        """
        drive = self._drive_of(task)
        if drive is None or (drive.whole and task.chunk is not None):
            return ()
        _stop_without_room(kind, reason)
        if task.chunk is not None and kind == "not_exact":
            return self._uncut(drive, reason)
        del self._drives[drive.survey.sha256]
        self._add(self._entry(drive.survey, drive.version, "failed", error=reason))
        others = self._same.pop(drive.survey.sha256, [])
        if not others:
            return ()
        # The same content lies elsewhere too, and may be there still.
        (survey, version), *rest = others
        self._same[survey.sha256] = rest
        attempt = int(drive.name.rpartition(":")[2]) + 1
        return self._begin(survey, version, attempt)

    def _drive_of(self, task: DecodeTask) -> _Drive | None:
        name = task.stream.rpartition(":")[0]
        drive = self._drives.get(name.partition(":")[0])
        return drive if drive is not None and drive.name == name else None

    def _task(self, drive: _Drive, chunk: Chunk | None) -> DecodeTask:
        survey, part = drive.survey, "whole" if chunk is None else str(chunk.number)
        return DecodeTask(
            stream=f"{drive.name}:{part}",
            uri=survey.uri,
            copies=self._plan.copies,
            sources=self._plan.sources.only(survey.uri),
            card=self._plan.card,
            prepare=self._plan.prepare,
            chunk=chunk,
            key_ticks=survey.key_ticks,
            version=self._versions[survey.uri],
        )

    def _stored_scores(self, survey: Survey, chunk: Chunk) -> Scored | None:
        rows = self._store.chunk(survey.sha256, *_bounds(chunk))
        return rows if rows is not None and len(rows) == len(chunk.frames) else None

    def _join(self, drive: _Drive) -> Sequence[DecodeTask]:
        parts = []
        for chunk in drive.survey.chunks or ():
            rows = self._stored_scores(drive.survey, chunk)
            if rows is None:
                return self._uncut(drive, "the scores of a chunk cannot be read back")
            parts.append((rows, chunk.lead, chunk.exact))
        try:
            whole = join(parts)
        except NotJoinedError as error:
            return self._uncut(drive, str(error))
        self._keep(drive, replace(whole, warnings=drive.survey.warnings))
        return ()

    def _uncut(self, drive: _Drive, reason: str) -> Sequence[DecodeTask]:
        """Cutting is for speed alone: without it the scores are right too."""
        uri = drive.survey.uri
        reason = without_secrets(uri, reason)
        _logger.warning("%s: %s; it is read through instead", self._plan.names[uri], reason)
        drive.whole = True
        drive.waiting.clear()
        return (self._task(drive, None),)

    def _keep(self, drive: _Drive, whole: Scored) -> None:
        survey = drive.survey
        self._store.keep_whole(survey.sha256, whole)
        self.num_scored += 1
        del self._drives[survey.sha256]
        self._over(survey, drive.version, whole.warnings)
        for other, version in self._same.pop(survey.sha256, []):
            self._over(other, version, whole.warnings)

    def _over(self, survey: Survey, version: str | None, warnings: tuple[str, ...]) -> None:
        self._add(self._entry(survey, version, "done", warnings=warnings))

    def _entry(
        self,
        survey: Survey,
        version: str | None,
        state: Literal["done", "failed"],
        *,
        error: str | None = None,
        warnings: tuple[str, ...] = (),
    ) -> Entry:
        return Entry(
            kind="drive",
            uri=self._plan.names[survey.uri],
            state=state,
            error=None if error is None else plain(without_secrets(survey.uri, error)),
            size_bytes=survey.size_bytes,
            version=version,
            sha256=survey.sha256,
            model=self._plan.model_id,
            policy=self._plan.policy_sha256,
            warnings=warnings,
            source=json.loads(json.dumps(plain(asdict(survey.info)))),
        )

    def _add(self, entry: Entry) -> None:
        self._manifest.add(entry)
        self._on_drive(entry)


def _stop_without_room(kind: Failure, reason: str) -> None:
    if kind == "no_room":
        raise BatchError(f"{reason}; what was done is kept: make room and run the same again")


def _bounds(chunk: Chunk) -> tuple[int, int]:
    """Numbers in the file of its first frame and of its last; with equal ones, so are its rows."""
    return int(chunk.frames[0]), int(chunk.frames[-1])
