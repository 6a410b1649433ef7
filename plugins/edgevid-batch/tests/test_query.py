"""``edgevid query``: what it answers, and that it reads and writes nothing else."""

import json
import re
import shlex
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from edgevid_batch.columns import COLUMNS

from edgevid.cli.app import run_app
from tests.batch_tables import write_tables

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", PAGE, re.S)
COMMANDS = [
    line
    for kind, text in BLOCKS
    if not kind and text.startswith("edgevid query")
    for line in re.split(r"\n(?=edgevid)", text)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three batches and a stranger's secret."""
    here = tmp_path_factory.mktemp("queries")
    write_tables(here / "results", scores=True)
    write_tables(here / "may")
    write_tables(here / "june", drives=2)
    (here / "secret.csv").write_text("password\nhunter2\n")
    return here


@pytest.fixture
def query(folder, monkeypatch, capfd):
    """Run ``edgevid query``; gives exit code, output and what errors say."""
    monkeypatch.chdir(folder)

    def run(*words):
        code = run_app(["query", *words])
        return code, *capfd.readouterr()

    return run


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["results", "select count(*) as n from drives"], [{"n": 4}]),
        (
            ["results", "select label, sum(max_level) as s, avg(end_seconds) as e from events "
             "group by 1 order by 1"],
            [{"label": "phone_left", "s": 3, "e": 14.5},
             {"label": "texting_right", "s": 6, "e": 24.5}],
        ),
        (["results", "select phone_left from scores limit 1"], [{"phone_left": 0.25}]),
        (["results", "select levels[1].reason as r, speed_max_kmh as s from events limit 1"],
         [{"r": "continuous 1.5 s", "s": None}]),
        (["results", "select 0.0 / 0 as nan, trip_flagged as f from events limit 1"],
         [{"nan": None, "f": False}]),
        (["results", "with a as (from drives) select count(*) as n from a;"], [{"n": 4}]),
        (["results", "select 1 as a from drives where false"], []),
        (["may", "june", "select batch, count(*) as n from events group by 1 order by 1"],
         [{"batch": "june", "n": 4}, {"batch": "may", "n": 6}]),
        (["may", "results", "select count(*) as n from scores"], [{"n": 3}]),
        (["may", "./may", "select count(*) as n from drives"], [{"n": 4}]),
    ],
)  # fmt: skip
def test_a_query_is_answered(query, words, expected):
    code, output, _ = query(*words, "--format", "json")

    assert (code, json.loads(output)) == (0, expected)


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('secret.csv')",
        "select * from 'secret.csv'",
        "from read_text('secret.csv')",
        "from read_parquet('may/drives.parquet')",
        "from glob('*')",
        "from 'http://127.0.0.1:9/x.parquet'",
        "from query('from read_text(''secret.csv'')')",
        "from PAGE",
        "from tables",
        "copy drives to 'new.csv'",
        "copy (select 1) to 'may/drives.parquet'",
        "explain analyze copy drives to 'new.csv'",
        "export database 'new'",
        "attach 'new.db'",
        "create table new as select 1",
        "drop view drives",
        "delete from drives",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set temp_directory = '.'",
        "select 1; copy drives to 'new.csv'",
        "pragma enable_profiling",
    ],
)
def test_a_query_reaches_nothing_but_the_tables(query, folder, sql):
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    code, output, said = query("results", "may", sql)

    assert (code, output) == (2, "")
    assert said.startswith("error: query: ")
    assert said.count("\n") == 1
    assert "hunter2" not in said
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["results", "select * frm events"], 'query: line 1, column 14: syntax error at or near'),
        (["results", "select 'ä',\n  nope from drives"], "query: line 2, column 3: .*nope"),
        (["results", "select * from nope"], "column 15: no table 'nope'; there are drives, events"),
        (["may", "select * from scores"], "no table 'scores'.* edgevid batch --scores"),
        (["may", "from study select 1"], "no table 'study'.* edgevid batch --telemetry"),
        (["may", "select drive::int from drives"], "line 1, column .*Could not convert"),
        (["may", "select error('boo')"], "query: boo"),
        (["may", " -- nothing"], "give one SELECT"),
        (["may", "select 1 as a, 2 as a"], "two columns are called 'a'.*AS"),
        (["nope", "select 1"], "nope: no such folder; give the --out of edgevid batch"),
        (["nope"], "nope: no such folder"),
        ([".", "select 1"], "holds no tables of a batch"),
        (["select 1"], "no folder given; for example"),
        (["may", "select 1", "-o", "may/drives.parquet"], "is a table of the batch"),
        (["may", "select 1", "-o", "x.xlsx"], r"the suffix selects the format: \.csv"),
        (["may", "select 1", "-o", "no/x.csv"], "cannot be written: No such file"),
        (["damaged", "select 1"], "damaged/events.parquet: cannot be read"),
    ],
)  # fmt: skip
def test_what_is_not_accepted_is_one_line(query, folder, words, message):
    (folder / "damaged").mkdir(exist_ok=True)
    (folder / "damaged" / "events.parquet").write_bytes(b"PAR1 and no more")
    more = [] if "-o" in words else ["--format", "json"]
    code, output, said = query(*words, *more)

    assert (code, output) == (2, "")
    assert re.search(message, said)
    assert said.count("\n") == 1
    assert not list(folder.rglob("*.part"))


def test_a_table_that_is_damaged_inside_is_one_line(query, folder, tmp_path):
    broken = write_tables(tmp_path / "broken", drives=200)
    path = broken / "events.parquet"
    content = bytearray(path.read_bytes())
    content[20:400] = bytes(380)
    path.write_bytes(content)
    code, _, said = query(str(broken), "select * from events", "--output", "x.csv")

    assert code == 2
    assert said.startswith("error: query: ")
    assert said.count("\n") == 1
    assert not (folder / "x.csv").exists()


@pytest.mark.parametrize("name", ["answer.csv", "answer.json", "answer.parquet"])
def test_an_answer_is_kept(query, tmp_path, name):
    path = tmp_path / name
    code, output, _ = query(
        "results", "select drive, sum(max_level) as s from events group by 1 order by 1",
        "--output", str(path),
    )  # fmt: skip
    read = {
        ".csv": lambda: [line.split(",") for line in path.read_text().splitlines()[1:]],
        ".json": lambda: [list(row.values()) for row in json.loads(path.read_text())],
        ".parquet": lambda: [list(row.values()) for row in pq.read_table(path).to_pylist()],
    }[path.suffix]()

    assert (code, output) == (0, "")
    assert [(drive, int(s)) for drive, s in read] == [(f"results/{n}.mp4", 3) for n in range(3)]


def test_a_table_cannot_move_the_cursor(query):
    _, output, _ = query("may", "select drive from drives where error is not null",
                         "--format", "table")  # fmt: skip

    assert output.split() == ["drive", r"may/bad\x1b[31m\x0a.mp4"]


def test_without_a_query_every_column_is_listed_with_its_description(query):
    code, output, _ = query("results", "--format", "json")
    found = {(row["table"], row["column"]): row["about"] for row in json.loads(output)}

    assert code == 0
    for table in ("drives", "events", "availability", "scores"):
        for column, (_, about) in COLUMNS[table].items():
            assert found[table, column] == about
    assert found["scores", "phone_left"].startswith("Mean score")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_pages_questions_are_answered(query, command):
    _, _, *words = shlex.split(command)
    code, output, said = query(*words)

    assert (code, said) == (0, "")
    assert len(output.splitlines()) > 2


@pytest.mark.parametrize("library", ["pandas", "duckdb", "polars"])
def test_the_pages_programs_read_the_tables(folder, monkeypatch, capsys, library):
    monkeypatch.chdir(folder)
    [code] = [text for kind, text in BLOCKS if kind == "python" and f"import {library}" in text]
    exec(compile(code, f"{library} in docs/batch.md", "exec"), {})
    printed = capsys.readouterr().out

    assert "phone_left" in printed
    assert "0.666" in printed or "1.0" in printed
    assert printed.count("texting_right") == 1


@pytest.mark.slow
def test_the_readme_shows_what_a_batch_and_a_query_really_print(tmp_path, monkeypatch, capfd):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```\n(\$ edgevid batch.*?)```", readme, re.S)
    *commands, last = block.split("$ ")[1:]
    query, _, shown = last.partition('desc"\n')
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    for command in (*commands, f'{query}desc"'):
        assert run_app(shlex.split(command)[1:]) == 0
    printed = capfd.readouterr().out

    def words(text):
        return re.sub(r"\d+", "#", " ".join(text.split()))

    assert words(shown) == words(printed)
    for ours, theirs in zip(re.findall(r"\d+", shown), re.findall(r"\d+", printed), strict=True):
        assert int(ours) == pytest.approx(int(theirs), abs=1)
