"""Events as readable lines on standard output."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

from rich.console import Console
from rich.text import Text

from edgevid.errors import SinkError
from edgevid.interfaces import Options, Session, Sink
from edgevid.types import Event


class _Output(Console):
    def on_broken_pipe(self) -> NoReturn:
        # Rich would end the process; here only this sink ends.
        raise SinkError("sink console: nobody reads standard output any more")


class ConsoleSink(Sink):
    """One line when an event opens and one when it closes; silent otherwise."""

    Options = Options
    needs_target = False

    def __init__(self, target: str | None, options: Any) -> None:
        super().__init__(target, options)
        self._console: Console | None = None

    def open(self, session: Session) -> None:
        """Take hold of standard output.

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
        """Print it."""
        if self._console is None:
            return
        opened = event.is_open
        seconds = event.start_seconds if opened else event.end_seconds
        encoding = self._console.encoding
        label, reason = (_printable(text, encoding) for text in (event.label, event.reason))
        line = Text.assemble(
            (f"{clock(seconds)}  ", "dim"),
            (f"{'start' if opened else 'end':5}  ", "bold yellow" if opened else "bold green"),
            (label, "bold"),
        )
        if not opened:
            line.append(
                f"  {event.duration_seconds:.1f} s, score {event.mean_score:.2f} "
                f"(peak {event.peak_score:.2f})"
            )
        if reason:
            line.append(f"  {reason}", "dim")
        try:
            self._console.print(line, soft_wrap=True)
        except (OSError, ValueError) as error:
            raise SinkError(f"sink console: cannot write to standard output: {error}") from error


def clock(seconds: float) -> str:
    """Time on the source's timeline for people: ``12:34.5``, with hours where there are any."""
    sign = "-" if seconds < 0 else ""
    tenths = round(abs(seconds) * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02d}" if hours else f"{minutes:02d}"
    return f"{sign}{head}:{tenths // 10:02d}.{tenths % 10}"


def _printable(text: str, encoding: str) -> str:
    """Labels come with the model: escape sequences in them must not reach the terminal."""
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return shown.encode(encoding, "replace").decode(encoding)
