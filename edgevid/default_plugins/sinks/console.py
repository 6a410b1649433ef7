"""The sink ``console``: events as lines on standard output."""

from __future__ import annotations

import sys
from typing import NoReturn

from pydantic import BaseModel
from rich.console import Console
from rich.text import Text

from edgevid.errors import SinkError
from edgevid.interfaces import RunInfo, Sink
from edgevid.types import Event

_LEVEL_STYLES = ("bold green", "bold yellow", "bold magenta", "bold red")


class _Output(Console):
    def on_broken_pipe(self) -> NoReturn:
        # Rich would end the process; here only this sink ends.
        raise SinkError("sink console: standard output was closed")


class ConsoleSink(Sink):
    """One line when an event opens, when its level changes, at each alert, and when it closes."""

    needs_target = False

    def __init__(self, options: BaseModel, target: str | None = None) -> None:
        super().__init__(options, target)
        self._console: Console | None = None
        self._levels: dict[str, int] = {}

    def open(self, session: RunInfo) -> None:
        """Open standard output.

        Raises:
            SinkError: If a target is given.
        """
        if self.target:
            raise SinkError(
                f"sink console takes no target, got {self.target!r}; "
                f"to write a file use jsonl:FILE or csv:FILE"
            )
        self._console = _Output(file=sys.stdout, highlight=False, markup=False, emoji=False)

    def event(self, event: Event) -> None:
        """Print it if its level changed or it is an alert."""
        if self._console is None:
            return
        before = self._levels.get(event.id)
        if event.is_open:
            self._levels[event.id] = event.level
        else:
            self._levels.pop(event.id, None)
        if event.phase == "update" and not event.notify and before == event.level:
            return
        line = _line(event, self._console.encoding, is_new=before is None)
        try:
            self._console.print(line, soft_wrap=True)
        except (OSError, ValueError) as error:
            raise SinkError(f"sink console: cannot write to standard output: {error}") from error


def _line(event: Event, encoding: str, *, is_new: bool) -> Text:
    name, reason = (_printable(text, encoding) for text in (_name(event), event.reason))
    level = f"level {event.level}"
    if not event.is_open:
        seconds, what, style = event.end_seconds, "end", "bold green"
    elif is_new:
        seconds, what, style = event.start_seconds, "start", "bold yellow"
    else:
        changes = [c.at_seconds for c in event.levels if c.level == event.level]
        seconds = max([event.end_seconds, *changes[-1:]])
        what, style = level, _LEVEL_STYLES[min(max(event.level, 0), len(_LEVEL_STYLES) - 1)]
    line = Text.assemble((f"{clock(seconds)}  ", "dim"), (f"{what:7}  ", style), (name, "bold"))
    if not event.is_open:
        reached = f", level {event.max_level}" if event.max_level else ""
        line.append(
            f"  {event.duration_seconds:.1f} s{reached}, score {event.mean_score:.2f} "
            f"(peak {event.peak_score:.2f})"
        )
    elif is_new and event.level:
        line.append(f"  {level}")
    if reason:
        line.append(f"  {reason}", "dim")
    if event.notify:
        line.append("  alert", "bold red")
    return line


def _name(event: Event) -> str:
    """The group, with the class if it has another name."""
    return event.name if event.name == event.label else f"{event.name} ({event.label})"


def clock(seconds: float) -> str:
    """Time on the source's timeline for people: ``12:34.5``, with hours where there are any."""
    sign = "-" if seconds < 0 else ""
    tenths = round(abs(seconds) * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes:02d}"
    return f"{sign}{head}:{tenths // 10:02d}.{tenths % 10}"


def _printable(text: str, encoding: str) -> str:
    """Replace escape sequences: labels come from model files."""
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return shown.encode(encoding, "replace").decode(encoding)
