import pytest

from edgevid.config import load_config, parse_config
from edgevid.config.options import validate_options
from edgevid.errors import ConfigError
from edgevid.interfaces import Options


def test_bare_names_and_long_forms_mean_the_same():
    short = parse_config("source: a.mp4\nmodel: m\nsinks: [jsonl:o.jsonl, console]", "x")
    long = parse_config(
        "source: {uri: a.mp4}\nmodel: {name: m, options: {}}\n"
        "sinks: [{name: jsonl, target: o.jsonl}, {name: console}]",
        "x",
    )

    assert short == long


def test_a_target_may_hold_colons():
    config = parse_config("source: a\nsinks: ['jsonl:C:/out.jsonl']", "x")

    assert config.sinks[0].target == "C:/out.jsonl"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("source: a\nmodle: b", r"x:2: modle: unknown key; did you mean model\?"),
        ("source: a\nbuffer:\n  capacity: many", r"x:3: buffer\.capacity: .*got 'many'"),
        (
            "source: a\nbuffer:\n  capacity: 1",
            r"x:3: buffer\.capacity: .*greater than or equal to 2",
        ),
        ("source: a\nbuffer: {policy: all}", r"buffer\.policy: .*'every'"),
        ("source: 0", r"x:1: source: must be a dict, or a text where YAML .*, got 0"),
        ("source: a\nsinks: console", r"x:2: sinks: must be a list, got 'console'"),
        ("model: m", r"source: is required"),
        ("source: a\nsource: b", r"x:2: source is given twice"),
        ("source: [", r"x:\d: not valid YAML"),
        ("- a\n- b", r"must hold keys"),
        ("just text", r"must hold keys"),
        ("source: !!python/object/apply:os.system [ls]", r"x:1: not valid YAML"),
        ("1: a", r"key 1 must be text"),
        ("source: a\nbackend: {require: gpu}", r"backend\.require: .*'cpu'"),
        ("source: a\nduration_seconds: -1", r"duration_seconds: .*greater than 0"),
    ],
)
def test_what_is_not_accepted_is_told_with_file_line_and_key(text, message):
    with pytest.raises(ConfigError, match=message):
        parse_config(text, "x")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: None, "no such configuration file"),
        (lambda p: p.mkdir(), "is a folder"),
        (lambda p: p.write_bytes(b"\xff\xfe\x00"), "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path, make, message):
    path = tmp_path / "c.yaml"
    make(path)

    with pytest.raises(ConfigError, match=message) as caught:
        load_config(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("override", "get", "expected"),
    [
        ("buffer.capacity=16", lambda c: c.buffer.capacity, 16),
        ("model.options.rate_hz=5", lambda c: c.model.options, {"rate_hz": 5}),
        ("sinks.1.target=b.csv", lambda c: c.sinks[1].target, "b.csv"),
        ("explainer=null", lambda c: c.explainer, None),
        ("source.options.loop=true", lambda c: c.source.options, {"loop": True}),
    ],
)
def test_overrides_win_over_the_file(override, get, expected):
    text = "source: a\nmodel: m\nsinks: [console, {name: csv, target: a.csv}]"

    assert get(parse_config(text, "x", [override])) == expected


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("buffer", "write KEY=VALUE"),
        ("=1", "write KEY=VALUE"),
        ("sinks.7.target=a", "no place in a list of 1"),
        ("buffer.capacity=[", "not valid YAML"),
        ("bufer.capacity=4", "did you mean buffer"),
    ],
)
def test_an_override_that_makes_no_sense_is_refused(override, message):
    with pytest.raises(ConfigError, match=message):
        parse_config("source: a\nsinks: [console]", "x", [override])


def test_a_plugins_options_are_refused_with_what_is_accepted():
    class Own(Options):
        threshold: float = 0.5
        window: int = 3

    with pytest.raises(ConfigError, match=r"treshold: unknown key; did you mean threshold\?"):
        validate_options(Own, {"treshold": 1}, "sink s")
    with pytest.raises(ConfigError, match=r"sink s: window: .*integer.*got 'x'"):
        validate_options(Own, {"window": "x"}, "sink s")
