"""Behaviour against speed and other measured numbers, if there was telemetry."""

from __future__ import annotations

from edgevid_batch.config.telemetry import SPEED
from edgevid_batch.report.parts import Picture, Section, Table
from edgevid_batch.report.texts import UNKNOWN
from edgevid_batch.study.charts import charts_of
from edgevid_batch.study.findings import MEASURES, Figure, Study


def study_sections(study: Study | None) -> list[Section]:
    """One section for each chart, and one with every number."""
    if study is None:
        return []
    sections = [
        Section(
            f"study-{number}",
            title,
            [caption],
            pictures=[Picture("svg+xml", svg.encode(), f"{title}. {caption}")],
        )
        for number, (title, caption, svg) in enumerate(charts_of(study), start=1)
    ]
    about = (
        f"{study.num_drives} drives of {study.num_drivers} drivers with telemetry, "
        f"{study.num_seconds / 3600:.1f} h in which a prediction was valid."
    )
    known = [figure for figure in study.figures if figure.value is not None]
    rest = len(study.figures) - len(known)
    note = f"{rest} more cannot be computed; study.json has the reasons." if rest else ""
    paragraphs = [
        about,
        *study.notes,
        *(f"{n.replace('_', ' ')}: {text}" for n, text in MEASURES.items()),
    ]
    return [
        *sections,
        Section(
            "study",
            "Behaviour and telemetry: all numbers",
            paragraphs,
            tables=[_table(known, note)],
        ),
    ]


def _table(figures: list[Figure], note: str) -> Table:
    head = ("behaviour", "against", "measure", "warnings", "value", "interval", "s", "drivers",
            "occurrences")  # fmt: skip
    return Table(head, [_row(figure) for figure in figures], num_text=4, note=note)


def _row(figure: Figure) -> list[str]:
    against = "speed" if figure.channel == SPEED else figure.channel.replace("_", " ")
    if figure.from_value is not None:
        end = "on" if figure.to_value is None else f"to {figure.to_value:g}"
        against += f", {figure.from_value:g} {end} {figure.unit}"
    low, high = figure.low, figure.high
    return [
        figure.behaviour.replace("_", " "),
        against,
        figure.measure.replace("_", " "),
        "; ".join(figure.warnings),
        _number(figure.value),
        UNKNOWN if low is None or high is None else f"{_number(low)} to {_number(high)}",
        str(figure.num_seconds),
        str(figure.num_drivers),
        str(figure.num_events),
    ]


def _number(value: float | None) -> str:
    if value is None:
        return UNKNOWN
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
