"""What is shown of the errors of others."""

import pytest

from edgevid.errors import one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\n  lines", "two lines"),
        ("\x1b[1;31mred\x1b[0m alert", "red alert"),
        ("\x1b[2J\x1b[Hempty screen", "empty screen"),
        ("\x1b]0;title\x07bell\x08", "]0;title bell"),
        ("right\u202eleft\u2028line", "right left line"),
        ("Grüße, 40 °C", "Grüße, 40 °C"),
        ("x" * 500, "x" * 400),
    ],
)
def test_a_message_of_somebody_else_is_one_plain_line(text, shown):
    assert one_line(ValueError(text)) == shown
