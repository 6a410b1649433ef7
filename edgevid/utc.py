"""Wall clock: times as people and files write them."""

from __future__ import annotations

from datetime import datetime, timezone


def parse_utc(text: str) -> datetime:
    """An ISO 8601 time; one without a zone is UTC.

    Raises:
        ValueError: If it is none.
    """
    head, dot, rest = text.strip().partition(".")
    if dot:
        # Python 3.10 wants three or six digits.
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        if not digits:
            raise ValueError("digits must follow the dot")
        head, rest = f"{head}.{digits[:6]:0<6}", rest[len(digits) :]
    whole = head + rest
    if whole[-1:] in ("Z", "z"):
        whole = whole[:-1] + "+00:00"
    when = datetime.fromisoformat(whole)
    return when if when.tzinfo else when.replace(tzinfo=timezone.utc)
