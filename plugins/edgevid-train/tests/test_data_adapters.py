import json
import logging

import pytest
from edgevid_train.data.adapters import ADAPTERS
from edgevid_train.data.adapters.csv_segments import csv_segments
from edgevid_train.data.adapters.drive_and_act import drive_and_act
from edgevid_train.data.adapters.folder import folder
from edgevid_train.data.adapters.image_list import image_list
from edgevid_train.data.adapters.openlabel import openlabel
from edgevid_train.data.errors import DataError

DRIVE_AND_ACT = "participant_id,file_id,annotation_id,frame_start,frame_end,activity,chunk_id\n"
RUN = "vp1/run1b_2018-05-29-14-02-47.ids_1"
DMD = "gA_1_s1_2019-03-08T09;31;15+01;00_rgb"


def put(root, *files):
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return root


def write(root, name, text):
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")
    return root


def rows(segments, root):
    return [
        (
            s.file.relative_to(root).as_posix(),
            round(s.start_seconds, 4),
            None if s.end_seconds is None else round(s.end_seconds, 4),
            s.label,
            s.driver,
            s.split,
            s.kind,
        )
        for s in segments
    ]


def test_folders_are_classes(tmp_path):
    put(tmp_path, "drinking/p01_a.mp4", "drinking/more/p02_b.JPG", "smoking/p01_c.mkv")
    put(tmp_path, "drinking/notes.txt", ".cache/a.mp4", "smoking/.hidden.mp4")
    assert rows(folder(tmp_path, driver_pattern=r"^(p\d+)_"), tmp_path) == [
        ("drinking/more/p02_b.JPG", 0, None, "drinking", "p02", "", "still"),
        ("drinking/p01_a.mp4", 0, None, "drinking", "p01", "", "video"),
        ("smoking/p01_c.mkv", 0, None, "smoking", "p01", "", "video"),
    ]
    found = folder(tmp_path, label_map={"smoking": "other"})
    assert rows(found, tmp_path) == [
        ("smoking/p01_c.mkv", 0, None, "other", "p01_c", "", "video"),
    ]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", r"driver_pattern '\(' is no regular expression"),
        ("p", "has 0 groups; accepted is exactly one"),
        ("(p)(q)", "has 2 groups"),
        ("(x+)", r"a\.mp4: driver_pattern '\(x\+\)' finds no driver"),
        ("(x*)", "finds no driver"),
    ],
)
def test_a_bad_driver_pattern_is_refused(tmp_path, pattern, message):
    with pytest.raises(DataError, match=message):
        folder(put(tmp_path, "drinking/a.mp4"), driver_pattern=pattern)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="holds no class folder with"):
        folder(put(tmp_path, "a.mp4"))


def test_csv_with_clock_times_and_other_names(tmp_path):
    put(tmp_path, "day 1/a.mp4", "b.mp4")
    write(
        tmp_path,
        "labels.csv",
        "Video;From;To;What;Who;Set\nday 1/a.mp4;01:02:03.500;1:02:04;drink;anna;val\n"
        "b.mp4;02:03.25;;drink;ben;train\nb.mp4;1.5;2;sleep;ben;train\n",
    )
    found = csv_segments(
        tmp_path,
        columns={
            **{"file": "Video", "start": "From", "end": "To"},
            **{"label": "What", "driver": "Who", "split": "Set"},
        },
        label_map={"drink": "drinking"},
        delimiter=";",
    )
    assert rows(found, tmp_path) == [
        ("day 1/a.mp4", 3723.5, 3724, "drinking", "anna", "val", "video"),
        ("b.mp4", 123.25, None, "drinking", "ben", "train", "video"),
    ]


@pytest.mark.parametrize(("inclusive", "end"), [(True, 2.4), (False, 2.36)])
def test_csv_with_frame_numbers(tmp_path, inclusive, end):
    write(put(tmp_path, "a.mp4"), "l.csv", "file,label,start,end\na.mp4,x,25,59\n")
    found = csv_segments(tmp_path, "l.csv", fps=25, end_is_inclusive=inclusive)
    assert rows(found, tmp_path) == [("a.mp4", 1, end, "x", "", "", "video")]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("a.mp4,x,soon,2", {}, "line 2, column start: 'soon'; accepted are seconds, mm:ss"),
        ("a.mp4,x,-1,2", {}, "line 2, column start: '-1'"),
        ("a.mp4,x,2,2", {}, "line 2, column end: '2'; accepted is more than the start"),
        ("b.mp4,x,0,2", {}, "column file: there is no file"),
        ("../a.mp4,x,0,2", {}, "column file: file is '../a.mp4'; accepted is a path relative"),
        ("a.mp4,x,0", {}, "line 2: has 3 values, the header has 4"),
        ("a.mp4,x,0,2", {"fps": 0}, "fps is 0; give the frames per second"),
        ("a.mp4,x,0,2", {"fps": "30"}, "fps is '30'"),
        ("a.mp4,x,0,2", {"columns": {"name": "file"}}, "columns: name is not known; accepted are"),
        ("a.mp4,x,0,2", {"columns": {"driver": "who"}}, "line 1: column who is missing"),
        ("a.mp4,x,0,2", {"annotations": "../l.csv"}, r"annotations: file is '\.\./l\.csv'"),
        ("a.mp4,x,0,2", {"annotations": "m.csv"}, "m.csv: cannot be read: No such file"),
        ("a.mp4,x,0,2", {"delimiter": ""}, "delimiter is ''"),
        ("a.mp4,x,0,2", {"columns": {"split": "label"}}, "column label: 'x'; accepted are train"),
    ],
)
def test_a_bad_csv_is_refused_where_it_is_bad(tmp_path, text, options, message):
    write(put(tmp_path, "a.mp4"), "l.csv", f"file,label,start,end\n{text}\n")
    with pytest.raises(DataError, match=message):
        csv_segments(tmp_path, **options)


@pytest.mark.parametrize("names", [[], ["a.csv", "b.csv"]])
def test_which_csv_is_meant_must_be_clear(tmp_path, names):
    with pytest.raises(DataError, match=r"choose one with annotations=NAME\.csv"):
        csv_segments(put(tmp_path, *names))


@pytest.mark.parametrize("place", ["", "imgs/train/", "train/"])
def test_state_farm(tmp_path, place):
    put(tmp_path, f"{place}c0/img_44733.jpg", f"{place}c6/img_2.jpg")
    text = "subject,classname,img\np002,c0,img_44733.jpg\np012,c6,img_2.jpg\n"
    write(tmp_path, "driver_imgs_list.csv", text)
    assert rows(image_list(tmp_path), tmp_path) == [
        (f"{place}c0/img_44733.jpg", 0, None, "safe_driving", "p002", "", "still"),
        (f"{place}c6/img_2.jpg", 0, None, "drinking", "p012", "", "still"),
    ]


def test_auc_lists(tmp_path):
    put(tmp_path, "c1/5.jpg", "Camera 1/test/c9/7.jpg", "c9/7.jpg")
    write(tmp_path, "Train_data_list.csv", "Image,Label\n/distracted.driver/c1/5.jpg,1\n")
    text = "Image,Label\n../v2/Camera 1/test/c9/7.jpg,9\n"
    write(tmp_path, "Test_data_list.csv", text)
    assert rows(image_list(tmp_path), tmp_path) == [
        ("c1/5.jpg", 0, None, "texting_right", "", "train", "still"),
        ("Camera 1/test/c9/7.jpg", 0, None, "talking_to_passenger", "", "test", "still"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("other.csv", "", "holds no list; looked for driver_imgs_list.csv"),
        ("driver_imgs_list.csv", "a,b\n1,2\n", "the columns are a, b; accepted are subject"),
        (
            "driver_imgs_list.csv",
            "subject,classname,img\np,c0,1.jpg\n",
            "line 2: there is no image",
        ),
        ("driver_imgs_list.csv", "subject,classname,img\np,c0,../../1.jpg\n", "without '..'"),
        ("driver_imgs_list.csv", "", "is empty; its first line must name the columns"),
    ],
)
def test_a_bad_list_is_refused(tmp_path, name, text, message):
    with pytest.raises(DataError, match=message):
        image_list(write(tmp_path, name, text))


def test_a_label_that_is_not_mapped_is_left_out_and_reported(tmp_path, caplog):
    put(tmp_path, "c0/1.jpg")
    text = "subject,classname,img\np,c0,1.jpg\np,c5,2.jpg\np,c5,3.jpg\n"
    write(tmp_path, "driver_imgs_list.csv", text)
    with caplog.at_level(logging.WARNING):
        found = image_list(tmp_path, label_map={"c0": "safe_driving"})
    assert len(found) == 1
    assert "2 of 3 annotations are left out" in caplog.text
    assert "c5 (2)" in caplog.text


def action(kind, *intervals):
    found = [{"frame_start": start, "frame_end": end} for start, end in intervals]
    return {"type": kind, "frame_intervals": found}


def stream(shift=0, **fields):
    return {
        "description": "",
        "type": "camera",
        "uri": fields.pop("uri", ""),
        "stream_properties": {"sync": {"frame_shift": shift}, **fields},
    }


def write_openlabel(root, document, key="openlabel", name=f"{DMD}_ann_distraction.json"):
    return write(root, f"gA/1/s1/{name}", json.dumps({key: document}))


@pytest.mark.parametrize(
    ("key", "place"), [("vcd", "metadata"), ("openlabel", "streams"), ("openlabel", "metadata")]
)
def test_dmd(tmp_path, caplog, key, place):
    put(tmp_path, f"gA/1/s1/{DMD}_body.mp4", f"gA/1/s1/{DMD}_face.mp4")
    # The hands start first, 20 frames before the face; the body 10 before it.
    streams = {
        "face_camera": stream(),
        "body_camera": stream(-10, total_frames=100),
        "hands_camera": stream(-20),
    }
    document = {
        "schema_version": "4.3.1",
        "name": "gA_1_s1_2019-03-08T09;31;15+01;00",
        "frames": {"0": {"actions": {}}},
        "actions": {
            "0": action("driver_actions/safe_drive", (0, 29), (100, 200)),
            "1": action("driver_actions/phonecall_left", (30, 59)),
            "2": action("driver_actions/unclassified", (60, 69), (80, 89)),
            "3": action("gaze_on_road/looking_road", (0, 99)),
            "4": action("driver_actions/safe_drive", (0, 5), (150, 160)),
        },
        **({"streams": streams} if place == "streams" else {"metadata": {"streams": streams}}),
    }
    write_openlabel(tmp_path, document, key)
    with caplog.at_level(logging.WARNING):
        found = openlabel(tmp_path, fps=10)
    body = f"gA/1/s1/{DMD}_body.mp4"
    assert rows(found, tmp_path) == [
        (body, 0, 2, "safe_driving", "gA_1", "", "video"),
        (body, 9, 10, "safe_driving", "gA_1", "", "video"),
        (body, 2, 5, "phone_left", "gA_1", "", "video"),
    ]
    assert "driver_actions/unclassified (2), gaze_on_road/looking_road (1)" in caplog.text
    face = openlabel(tmp_path, camera="face", fps=10)
    assert rows(face, tmp_path)[0] == (
        f"gA/1/s1/{DMD}_face.mp4",
        *(0, 1, "safe_driving", "gA_1", "", "video"),
    )


def test_openlabel_of_others(tmp_path):
    put(tmp_path, "gA/1/s1/drive.mkv")
    document = {
        "actions": {"a": action("sipping", (0, 49))},
        "streams": {"Camera1": stream(frame_rate=25, uri="C:\\data\\drive.mkv")},
    }
    write_openlabel(tmp_path, document, name="drive.json")
    write(tmp_path, "package.json", '{"name": 1}')
    found = openlabel(tmp_path, label_map={"sipping": "drinking"})
    assert rows(found, tmp_path) == [
        ("gA/1/s1/drive.mkv", 0, 2, "drinking", "", "", "video"),
    ]


BODY = {"body_camera": stream()}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"streams": BODY}, "camera body: fps is None; give the frames per second"),
        (
            {"actions": {"a": action("driver_actions/radio", (9, 3))}, "streams": {}},
            "frame_end is 3; accepted is 9 or more",
        ),
        (
            {"actions": {"a": {"type": "x", "frame_intervals": [{"frame_start": -1}]}}},
            r"openlabel\.actions\.a\.frame_intervals\.0\.frame_start: Input should be greater",
        ),
        ({"actions": []}, r"openlabel\.actions: Input should be an object"),
        ({"streams": {"left": stream(), "right": stream()}}, "camera 'body' is one of left, right"),
    ],
)
def test_a_bad_openlabel_is_refused(tmp_path, document, message):
    put(tmp_path, f"gA/1/s1/{DMD}_body.mp4")
    write_openlabel(tmp_path, document)
    fps = 30 if document.get("streams") != BODY else None
    with pytest.raises(DataError, match=message) as caught:
        openlabel(tmp_path, fps=fps)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Invalid JSON"),
        ('{"vcd": {}}', "there is no video x_body.avi beside it"),
        ("[" * 5000, "Invalid JSON"),
    ],
)
def test_json_that_is_no_annotation_is_refused(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        openlabel(write(tmp_path, "x.json", text), fps=30)


def test_drive_and_act(tmp_path):
    put(tmp_path, f"kinect/{RUN}.mp4")
    text = (
        f"1,{RUN},0,0,90,sitting_still,0\n1,{RUN},0,90,135,sitting_still,1\n"
        f"1,{RUN},1,135,225,drinking,0\n1,{RUN},2,225,300,talking_on_phone,0\n"
        f"1,{RUN},3,300,330,writing,0\n"
    )
    write(tmp_path, "activities/midlevel.chunks_90.csv", DRIVE_AND_ACT + text)
    video = f"kinect/{RUN}.mp4"
    expected = [
        (video, 0, 3, "safe_driving", "vp1", "", "video"),
        (video, 3, 4.5, "safe_driving", "vp1", "", "video"),
        (video, 4.5, 7.5, "drinking", "vp1", "", "video"),
    ]
    assert rows(drive_and_act(tmp_path, videos="kinect"), tmp_path) == expected
    sided = drive_and_act(tmp_path, videos="kinect", phone_side="right")
    assert rows(sided, tmp_path) == [
        *expected,
        (video, 7.5, 10, "phone_right", "vp1", "", "video"),
    ]
    written = drive_and_act(tmp_path, videos="kinect", label_map={"writing": "other"})
    assert [s.label for s in written] == ["other"]


def test_drive_and_act_brings_its_splits(tmp_path):
    put(tmp_path, f"{RUN}.mp4", "vp2/b.ids_1.mp4")
    names = [f"midlevel.chunks_90.split_0.{split}.csv" for split in ("train", "test")]
    write(tmp_path, names[0], f"{DRIVE_AND_ACT}1,{RUN},0,0,90,drinking,0\n")
    write(tmp_path, names[1], f"{DRIVE_AND_ACT}2,vp2/b.ids_1,0,0,90,drinking,0\n")
    found = drive_and_act(tmp_path, names)
    assert [(s.driver, s.split) for s in found] == [("vp1", "train"), ("vp2", "test")]


@pytest.mark.parametrize(
    ("row", "options", "message"),
    [
        (f"1,{RUN},0,9,9,drinking,0", {}, "line 2, column frame_end: 9; accepted is more than 9"),
        (f"1,{RUN},0,a,9,drinking,0", {}, "line 2, column frame_start: 'a'"),
        ("1,vp9/x,0,0,9,drinking,0", {}, "column file_id: there is no video"),
        ("1,../x,0,0,9,drinking,0", {}, "without '..'"),
        ("", {"phone_side": "both"}, "phone_side is 'both'; accepted are left, right"),
        ("", {"fps": -1}, "fps is -1"),
        ("", {"annotations": "none.csv"}, "cannot be read"),
    ],
)
def test_a_bad_drive_and_act_is_refused(tmp_path, row, options, message):
    put(tmp_path, f"{RUN}.mp4")
    write(tmp_path, "midlevel.chunks_90.csv", f"{DRIVE_AND_ACT}{row}\n")
    with pytest.raises(DataError, match=message):
        drive_and_act(tmp_path, **options)


def test_a_camera_must_be_named_where_there_are_more(tmp_path):
    put(tmp_path, "a/midlevel.chunks_90.csv", "b/midlevel.chunks_90.csv")
    with pytest.raises(DataError, match="holds 2 lists"):
        drive_and_act(tmp_path)


def test_every_adapter_is_listed():
    assert list(ADAPTERS) == sorted(ADAPTERS)
    assert all(ADAPTERS[name].__name__ == name for name in ADAPTERS)
