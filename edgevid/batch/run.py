"""One batch: what is missing or changed is scored, everything is joined, events are made once."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

from edgevid.batch.chunks import Chunk
from edgevid.batch.copies import Copies
from edgevid.batch.engines.engine import Engine
from edgevid.batch.manifest import Entry, Manifest
from edgevid.batch.remote import is_remote, version_of
from edgevid.batch.scored import NotJoinedError, Scored, join
from edgevid.batch.store import Store
from edgevid.batch.tasks import DecodeTask, Failure, Survey, SurveyTask
from edgevid.card import Card
from edgevid.default_plugins.sources.redact import redact
from edgevid.records import plain

_logger = logging.getLogger(__name__)

DriveDone = Callable[[Entry], None]
"""Called with the newest line of a drive when it is over."""


@dataclass(frozen=True)
class Plan:
    """What is the same for all drives of a batch."""

    card: Card
    model_id: str
    prepare: bool
    """Whether workers resize the pictures."""
    chunk_seconds: float | None
    copies: Copies


@dataclass
class _Drive:
    survey: Survey
    version: str | None
    waiting: dict[int, DecodeTask]
    """Chunks that are not scored yet."""
    whole: bool


class BatchRun:
    """Turns drives into scores in a store, and lines in a manifest. Hears what an engine tells."""

    def __init__(
        self, plan: Plan, manifest: Manifest, store: Store, on_drive: DriveDone | None = None
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
                self._on_drive(known)
                continue
            yield SurveyTask(
                uri,
                self._plan.copies,
                self._plan.card,
                self._plan.chunk_seconds,
                version,
                # Of what lies elsewhere, the copy may be newer than the version.
                known.sha256 if known and not is_remote(uri) else None,
            )

    def _unchanged(self, uri: str, version: str | None) -> Entry | None:
        """The line of a file that was not written since; its content need not be read again."""
        known = self._manifest.drives.get(plain(redact(uri)))
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
        if self._store.has_whole(survey.sha256):
            self._over(survey, version)
            return ()
        if survey.sha256 in self._drives:
            self._same.setdefault(survey.sha256, []).append((survey, version))
            return ()
        drive = _Drive(survey, version, {}, whole=survey.chunks is None)
        self._drives[survey.sha256] = drive
        if survey.chunks is None:
            return (self._task(survey, None),)
        for chunk in survey.chunks:
            if self._kept(survey, chunk) is None:
                drive.waiting[chunk.number] = self._task(survey, chunk)
        return tuple(drive.waiting.values()) or self._join(drive)

    def not_surveyed(self, task: SurveyTask, reason: str) -> Sequence[DecodeTask]:
        """Write down that a drive cannot be read."""
        self._add(
            Entry(
                kind="drive",
                uri=plain(redact(task.uri)),
                state="failed",
                error=plain(redact(reason)),
            )
        )
        return ()

    def scored(self, task: DecodeTask, rows: Scored) -> Sequence[DecodeTask]:
        """Keep the scores of a chunk or a drive."""
        drive = self._drives.get(_sha256_of(task))
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
                uri=plain(redact(survey.uri)),
                state="done",
                sha256=survey.sha256,
                model=self._plan.model_id,
                first=first,
                end=end,
            )
        )
        drive.waiting.pop(task.chunk.number, None)
        return () if drive.waiting or drive.whole else self._join(drive)

    def not_scored(self, task: DecodeTask, kind: Failure, reason: str) -> Sequence[DecodeTask]:
        """Read a drive through that cannot be cut; write down one that cannot be read."""
        drive = self._drives.get(_sha256_of(task))
        if drive is None or (drive.whole and task.chunk is not None):
            return ()
        if task.chunk is not None and kind == "not_exact":
            return self._uncut(drive, reason)
        del self._drives[drive.survey.sha256]
        others = self._same.pop(drive.survey.sha256, [])
        for survey, version in ((drive.survey, drive.version), *others):
            self._add(self._entry(survey, version, "failed", reason))
        return ()

    def _task(self, survey: Survey, chunk: Chunk | None) -> DecodeTask:
        part = "whole" if chunk is None else str(chunk.number)
        return DecodeTask(
            stream=f"{survey.sha256}:{part}",
            uri=survey.uri,
            copies=self._plan.copies,
            card=self._plan.card,
            prepare=self._plan.prepare,
            chunk=chunk,
            key_ticks=survey.key_ticks,
            version=self._versions[survey.uri],
        )

    def _kept(self, survey: Survey, chunk: Chunk) -> Scored | None:
        rows = self._store.chunk(survey.sha256, *_bounds(chunk))
        return rows if rows is not None and len(rows) == len(chunk.frames) else None

    def _join(self, drive: _Drive) -> Sequence[DecodeTask]:
        parts = []
        for chunk in drive.survey.chunks or ():
            rows = self._kept(drive.survey, chunk)
            if rows is None:
                return self._uncut(drive, "the scores of a chunk cannot be read back")
            parts.append((rows, chunk.lead, chunk.exact))
        try:
            whole = join(parts)
        except NotJoinedError as error:
            return self._uncut(drive, str(error))
        self._keep(drive, whole)
        return ()

    def _uncut(self, drive: _Drive, reason: str) -> Sequence[DecodeTask]:
        """Cutting is for speed alone: without it the scores are right too."""
        _logger.warning("%s: %s; it is read through instead", redact(drive.survey.uri), reason)
        drive.whole = True
        drive.waiting.clear()
        return (self._task(drive.survey, None),)

    def _keep(self, drive: _Drive, whole: Scored) -> None:
        survey = drive.survey
        self._store.keep_whole(survey.sha256, whole)
        self.num_scored += 1
        del self._drives[survey.sha256]
        self._over(survey, drive.version)
        for other, version in self._same.pop(survey.sha256, []):
            self._over(other, version)

    def _over(self, survey: Survey, version: str | None) -> None:
        self._add(self._entry(survey, version, "done", None))

    def _entry(self, survey: Survey, version: str | None, state: str, error: str | None) -> Entry:
        return Entry(
            kind="drive",
            uri=plain(redact(survey.uri)),
            state="done" if state == "done" else "failed",
            error=None if error is None else plain(redact(error)),
            size_bytes=survey.size_bytes,
            version=version,
            sha256=survey.sha256,
            model=self._plan.model_id,
            source=json.loads(json.dumps(plain(asdict(survey.info)))),
        )

    def _add(self, entry: Entry) -> None:
        self._manifest.add(entry)
        self._on_drive(entry)


def model_id(card: Card, name: str) -> str:
    """What tells models apart: name, card and the weights that the card names."""
    text = json.dumps([name, card.model_dump(mode="json")], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _sha256_of(task: DecodeTask) -> str:
    return task.stream.partition(":")[0]


def _bounds(chunk: Chunk) -> tuple[int, int]:
    """Numbers in the file of its first frame and of its last; with equal ones, so are its rows."""
    return int(chunk.frames[0]), int(chunk.frames[-1])
