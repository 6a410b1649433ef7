from pathlib import Path

import pytest
from edgevid_train.data.errors import DataError
from edgevid_train.data.splits import assign_splits, check_splits
from edgevid_train.data.table import Segment, read_table, write_table

HEADER = "file,start_seconds,end_seconds,label,driver,split\n"


def segment(file="a.mp4", driver="anna", split="train", **fields):
    values = {"start_seconds": 0.0, "end_seconds": 2.0, "label": "drinking", **fields}
    return Segment(file=Path(file), driver=driver, split=split, **values)


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "new" / "folder" / "table.csv"
    inside = segment(path.parent / "clips" / "a, b.mp4", start_seconds=0.1, end_seconds=1 / 3)
    outside = segment("/data/ä.png", driver="", end_seconds=None, label="x y", kind="still")
    write_table(path, [inside, outside])
    assert read_table(path) == [inside, outside]
    assert '\n"clips/a, b.mp4",0.1,' in path.read_text(encoding="utf-8")
    assert [found.name for found in path.parent.iterdir()] == ["table.csv"]


def test_columns_have_any_order_and_a_still_is_known_by_its_ending(tmp_path):
    path = tmp_path / "table.csv"
    text = "label,file,split,driver,end_seconds,start_seconds\ndrinking, a.JPG ,val,anna,,0\n\n"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_table(path) == [
        segment(tmp_path / "a.JPG", split="val", end_seconds=None, kind="still")
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEADER + "a.mp4,-1,2,x,d,train\n", r"t\.csv, line 2, column start_seconds: -1.0 .* 0 or"),
        (HEADER + "a.mp4,nan,2,x,d,train\n", "line 2, column start_seconds: nan"),
        (HEADER + "a.mp4,soon,2,x,d,train\n", "line 2, column start_seconds: 'soon'"),
        (HEADER + "a.mp4,0,1,x,d,train\na.mp4,2,2,x,d,val\n", "line 3, column end_seconds: 2.0"),
        (HEADER + "a.mp4,0,inf,x,d,train\n", "column end_seconds: inf"),
        (HEADER + "a.mp4,0,1, ,d,train\n", "line 2, column label: ''"),
        (HEADER + "a.mp4,0,1,x,d,training\n", "column split: 'training' .* train, val, test"),
        (HEADER + "../a.mp4,0,1,x,d,train\n", r"column file: file is '\.\./a\.mp4'"),
        (HEADER + ",0,1,x,d,train\n", "column file: file is ''"),
        (HEADER + "a.mp4,0,1,x,train\n", "line 2: has 5 values; accepted are 6"),
        (HEADER + '"a.mp4,0,1,x,d,train\n', "line 2: not a CSV line"),
        (HEADER, "has no rows"),
        ("", "line 1: column file, start_seconds, .* is missing"),
        ("file,label\n", "column start_seconds, end_seconds, driver, split is missing"),
        (HEADER.replace("driver", "person"), "column 'person' is not known; accepted are file"),
        (HEADER.replace("split", "driver"), "column 'driver' is there twice"),
        (
            HEADER.replace("\n", ",kind\n") + "a.mp4,0,1,x,d,train,gif\n",
            "column kind: 'gif' is not accepted; accepted: video, still",
        ),
    ],
)
def test_a_bad_table_is_refused_where_it_is_bad(tmp_path, text, message):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        read_table(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"\xff\xfe", "byte 0 is not UTF-8"), (None, "cannot be read: No such file")],
)
def test_a_table_that_is_no_text_is_refused(tmp_path, content, message):
    path = tmp_path / "t.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_table(path)


@pytest.mark.parametrize(
    ("segments", "message"),
    [
        ([], "no segments to write"),
        ([segment(split="")], "line 2, column split: ''"),
        ([segment(), segment(end_seconds=0.0)], "line 3, column end_seconds: 0.0"),
    ],
)
def test_an_invalid_table_is_not_written(tmp_path, segments, message):
    path = tmp_path / "table.csv"
    path.write_text("the old one")
    with pytest.raises(DataError, match=message):
        write_table(path, segments)
    assert path.read_text() == "the old one"


def test_a_table_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"table\.csv: cannot be written"):
        write_table(tmp_path / "file" / "table.csv", [segment()])


@pytest.mark.parametrize(
    ("others", "leak"),
    [
        ([segment("b.mp4", split="test")], r"driver 'anna' \(train, test\)"),
        (
            [segment("b.mp4", "", "val"), segment("b.mp4", "", "test")],
            r"file 'b.mp4' \(val, test\)",
        ),
        ([segment("b.mp4", "ben", "test"), segment("c.mp4", "", "val")], None),
    ],
)
def test_a_driver_in_two_splits_is_a_leak(others, leak):
    segments = [segment(), segment("a2.mp4"), *others]
    if leak is None:
        check_splits(segments)
    else:
        with pytest.raises(DataError, match=leak):
            check_splits(segments)


def many(count):
    return [
        segment(f"{number}_{clip}.mp4", f"d{number}", "")
        for number in range(count)
        for clip in range(3)
    ]


@pytest.mark.parametrize(
    ("drivers", "counts"), [(3, (1, 1, 1)), (10, (7, 2, 1)), (20, (14, 3, 3)), (100, (70, 15, 15))]
)
def test_drivers_are_split_and_never_parted(drivers, counts):
    segments = assign_splits(many(drivers))
    check_splits(segments)
    found = {split: {s.driver for s in segments if s.split == split} for split in ("train", "val")}
    found["test"] = {s.driver for s in segments} - found["train"] - found["val"]
    assert tuple(map(len, found.values())) == pytest.approx(counts, abs=1)
    assert sum(map(len, found.values())) == drivers


def test_the_split_depends_on_the_seed_and_on_nothing_else():
    segments = many(30)
    first = assign_splits(segments)
    assert assign_splits(segments[::-1])[::-1] == first
    assert assign_splits(segments, seed=1) != first
    assert [s.file for s in first] == [s.file for s in segments]


def test_without_drivers_files_are_split():
    segments = [segment(f"{n // 2}.mp4", "", "") for n in range(20)]
    found = assign_splits(segments, {"train": 0.5, "test": 0.5})
    check_splits(found)
    assert {s.split for s in found} == {"train", "test"}


@pytest.mark.parametrize(
    ("drivers", "fractions", "message"),
    [
        (2, {"train": 0.7, "val": 0.15, "test": 0.15}, r"2 drivers \(d0, d1\) cannot fill 3"),
        (9, {"train": 0.7}, "fractions are .*sum is 1"),
        (9, {"train": 1.5, "val": -0.5}, "fractions are"),
        (9, {"train": 0.5, "dev": 0.5}, "accepted are .* train, val, test"),
    ],
)
def test_an_impossible_split_is_refused(drivers, fractions, message):
    with pytest.raises(DataError, match=message):
        assign_splits(many(drivers), fractions)


def test_a_split_may_be_left_out():
    found = assign_splits(many(2), {"train": 0.5, "val": 0.5, "test": 0})
    assert {s.split for s in found} == {"train", "val"}
