import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import cv2
import numpy as np
import pytest

from edgevid.testing import make_event
from edgevid.timeline import EventBar, Row, StateBar, draw_timeline, state_bars
from edgevid.timeline.colours import AVAILABILITY, GAP, colour_of, order_of
from edgevid.timeline.texts import clock, ticks
from edgevid.types import Availability, Gap, LevelChange

LEVELS = (
    LevelChange(30.0, 1, "continuous 3.0 s"),
    LevelChange(40.0, 2, "continuous 5.0 s"),
    LevelChange(50.0, 3, "continuous 11.0 s"),
)
GROUPS = ["phone", "smoking", "drinking", "reaching_behind", "hair_makeup", "operating_radio",
          "talking_to_passenger"]  # fmt: skip


def row(*segments, end=100.0, gaps=(), name="", states=("ok",)):
    each = end / len(states)
    seen = [StateBar(state, i * each, (i + 1) * each) for i, state in enumerate(states)]
    return Row(name, segments, seen, gaps, 0.0, end)


def drawn(*rows, title="drive.mp4"):
    content = draw_timeline(rows, title=title, format="png")
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)


def where(picture, colour):
    """Which pixels have a colour, in patches, so that no edge of a letter or a line counts."""
    blue, green, red = (int(colour[i : i + 2], 16) for i in (5, 3, 1))
    same = (np.abs(picture.astype(int) - (blue, green, red)) <= 2).all(axis=2)
    return cv2.morphologyEx(same.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3))) > 0


def extent(found, axis):
    """First and last place along an axis (0 is y, 1 is x) that has any of it."""
    places = np.flatnonzero(found.any(axis=1 - axis))
    return places[0], places[-1]


def seconds(picture, colour, end=100.0):
    """From when to when a colour reaches, measured against the ribbon, which spans all."""
    left, right = extent(where(picture, AVAILABILITY["ok"][0]), 1)
    first, last = extent(where(picture, colour), 1)
    return [(x - left) / (right - left) * end for x in (first, last)]


def test_a_bar_lies_where_its_event_lies():
    picture = drawn(row(EventBar("phone", 20.0, 60.0)))

    assert picture.shape[1] == 1200
    assert seconds(picture, colour_of("phone")) == pytest.approx([20, 60], abs=0.3)


def test_a_bar_is_higher_from_each_level_on():
    picture = drawn(row(EventBar("phone", 20.0, 60.0, "phone", LEVELS)))

    bar = where(picture, colour_of("phone"))
    left, right = extent(where(picture, AVAILABILITY["ok"][0]), 1)
    heights = [bar[:, left + round((right - left) * t / 100)].sum() for t in (25, 35, 45, 55)]
    assert heights == sorted(set(heights))
    assert heights[3] == pytest.approx(4 * heights[0], abs=3)


@pytest.mark.parametrize("hours", [0.02, 2, 24, 24 * 30])
def test_a_short_event_is_seen_in_a_long_drive(hours):
    end = hours * 3600
    picture = drawn(row(EventBar("smoking", end / 2, end / 2 + 0.5, "smoking"), end=end))

    assert where(picture, colour_of("smoking")).sum() >= 12
    assert seconds(picture, colour_of("smoking"), end)[0] == pytest.approx(end / 2, rel=0.01)


def test_what_was_not_seen_is_hatched_only_in_the_lanes_of_its_run():
    phone = EventBar("phone", 5.0, 9.0)
    picture = drawn(row(phone, name="A"), row(phone, name="B", gaps=[Gap(40.0, 60.0, "lost")]))

    without_legend = picture[:-40]
    bars = np.flatnonzero(where(picture, colour_of("phone")).any(axis=1))
    end_of_upper_bar = bars[np.flatnonzero(np.diff(bars) > 1)[0]]
    assert extent(where(without_legend, GAP), 0)[0] > end_of_upper_bar
    assert seconds(without_legend, GAP) == pytest.approx([40, 60], abs=0.5)


def test_every_state_of_availability_has_its_own_place_and_its_name_in_the_legend():
    picture = drawn(row(states=("warming_up", "ok", "degraded", "no_driver", "no_signal")))

    starts = [
        extent(where(picture[:-40], AVAILABILITY[state][0]), 1)[0]
        for state in ("warming_up", "ok", "degraded", "no_driver", "no_signal")
    ]
    assert starts == sorted(set(starts))
    assert where(picture[-40:], AVAILABILITY["warming_up"][0]).any()
    assert not where(drawn(row())[-40:], AVAILABILITY["warming_up"][0]).any()


def test_the_lanes_of_two_runs_stand_below_each_other_in_the_order_given():
    picture = drawn(
        row(EventBar("phone", 10.0, 20.0), name="A"), row(EventBar("phone", 70.0, 90.0), name="B")
    )

    bars = where(picture, colour_of("phone"))
    middle = bars.shape[1] // 2
    assert extent(bars[:, :middle], 0)[1] < extent(bars[:, middle:], 0)[0]


def test_colours_depend_on_the_group_alone_and_differ():
    assert len({colour_of(group) for group in GROUPS}) == len(GROUPS)
    assert colour_of("quite_new") == colour_of("quite_new")
    assert sorted(["zebra", "smoking", "apple", "phone"], key=order_of) == [
        "phone", "smoking", "apple", "zebra",
    ]  # fmt: skip


def test_many_groups_share_what_room_there_is():
    few = drawn(row(*(EventBar(f"class {i}", i, i + 1.0) for i in range(3))))
    many = drawn(row(*(EventBar(f"class {i}", i % 90, i % 90 + 1.0) for i in range(300))))

    assert few.shape[0] < many.shape[0] < 2600


@pytest.mark.parametrize("format", ["png", "svg"])
@pytest.mark.parametrize(
    "name", ["$x^", "日本語 ☃", "a\nb\tc", "<script>alert(1)</script>", "x" * 5000, "\ud800", "$"]
)
def test_any_name_can_be_drawn(name, format):
    change = LevelChange(2.0, 1, name)
    content = draw_timeline(
        [row(EventBar(name, 1.0, 90.0, name[::-1], (change,)), name=name)],
        title=name,
        format=format,
    )
    if format == "svg":
        root = ElementTree.fromstring(content)
        assert not [e for e in root.iter() if e.tag.endswith("script")]
    else:
        assert content.startswith(b"\x89PNG")


@pytest.mark.parametrize("rows", [[], [Row("")], [row(end=0.0)], [row(gaps=[Gap(0, 1, "")])]])
def test_nothing_can_be_drawn_too(rows):
    assert draw_timeline(rows, title="", format="png").startswith(b"\x89PNG")


def test_the_same_drive_gives_the_same_picture():
    rows = [row(EventBar("phone", 20.0, 60.0, "texting_left", LEVELS))]
    first, second = (draw_timeline(rows, title="t", format="png") for _ in range(2))
    assert first == second


def test_a_segment_says_what_its_event_says():
    event = make_event("texting", group="phone", levels=LEVELS, phase="update")

    assert EventBar.of(event) == EventBar("phone", 1.0, 2.0, "texting", LEVELS, is_open=True)
    assert EventBar.of(make_event("busy")) == EventBar("busy", 1.0, 2.0, "busy")


@pytest.mark.parametrize(
    ("starts", "end", "expected"),
    [
        ([], 9.0, []),
        ([0.0], 9.0, [(0.0, 9.0)]),
        ([0.0, 2.0, 5.0], 9.0, [(0.0, 2.0), (2.0, 5.0), (5.0, 9.0)]),
        ([0.0, 9.5], 9.0, [(0.0, 9.5), (9.5, 9.5)]),
    ],
)
def test_availability_holds_until_the_next_change(starts, end, expected):
    changes = [Availability("ok", start, "") for start in starts]

    assert [(s.start_seconds, s.end_seconds) for s in state_bars(changes, end)] == expected


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        (0, 1, "00:00", "00:01"),
        (0, 10, "00:00", "00:10"),
        (0, 75, "00:00", "01:10"),
        (0, 7200, "00:00", "2:00:00"),
        (3590, 3650, "59:50", "1:00:50"),
        (0, 86400 * 30, "00:00", "720:00:00"),
        (-5, 5, "-00:05", "00:05"),
        (0.05, 0.9, "00:00.1", "00:00.9"),
    ],
)
def test_ticks_are_round_and_few(start, end, first, last):
    times = ticks(start, end)

    assert (clock(times[0]), clock(times[-1])) == (first, last)
    assert 4 <= len(times) <= 13
    assert np.ptp(np.diff(times)) < 1e-6
    assert len({clock(at) for at in times}) == len(times)


def test_no_display_is_asked_for_and_no_global_state_is_left():
    code = (
        "from edgevid.timeline import Row, draw_timeline\n"
        "import sys\n"
        "assert 'matplotlib' not in sys.modules\n"
        "draw_timeline([Row('')], title='', format='png')\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
