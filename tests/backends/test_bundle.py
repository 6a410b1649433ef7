import onnx
import pytest

from edgevid.backends.bundle import check_graph, frame_inputs, read_card
from edgevid.card import Card
from edgevid.errors import BundleError

from ..tiny_bundles import card_for, graph_for, write_bundle

MODES = ["frame", "stream", "clip", "multirate"]


@pytest.mark.parametrize("mode", MODES)
def test_a_card_comes_back_as_it_was_written(tmp_path, mode):
    card = card_for(mode, license="Apache-2.0", metrics={"top1": 0.9})

    assert read_card(write_bundle(tmp_path / "m.onnx", card)) == card


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no ONNX fields"),
        (b"this is a text file, not a model\n" * 9, "not an ONNX file"),
        (b"\x08\x08", "without a card|no ONNX fields"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "not an ONNX file"),
    ],
)
def test_what_is_no_bundle_is_refused_with_a_reason(tmp_path, content, message):
    path = tmp_path / "m.onnx"
    path.write_bytes(content)

    with pytest.raises(BundleError, match=message):
        read_card(path)


def test_a_cut_off_bundle_is_refused(tmp_path):
    whole = write_bundle(tmp_path / "m.onnx", card_for("frame")).read_bytes()
    path = tmp_path / "cut.onnx"
    path.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(BundleError, match="cut off"):
        read_card(path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: p, "does not exist"),
        (lambda p: (p.mkdir(), p)[1], "is a folder"),
        (lambda p: (onnx.save(graph_for(card_for("frame")), p), p)[1], "without a card"),
        (lambda p: write_bundle(p, card_for("frame"), metadata="{}"), "name: Field required"),
        (lambda p: write_bundle(p, card_for("frame"), metadata="not json"), "not valid"),
    ],
)
def test_a_missing_or_broken_card_is_refused(tmp_path, make, message):
    path = make(tmp_path / "m.onnx")

    with pytest.raises(BundleError, match=message):
        read_card(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"class_names": ("a", "a")}, "different"),
        ({"background": "nobody"}, "not one of class_names"),
        ({"temporal_mode": "multirate"}, "pathways"),
        ({"std": (0.0, 1.0, 1.0)}, "std must be positive"),
        ({"input_rate_hz": 0}, "input_rate_hz"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_card_that_contradicts_itself_is_refused(changes, message):
    fields = card_for("frame").model_dump() | changes

    with pytest.raises(ValueError, match=message):
        Card.model_validate(fields)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"frames_back": (3, 1)}, "2 places for 3 frames"),
        ({"frames_back": (3, 3, 0)}, "must fall"),
        ({"frames_back": (0, 1, 2)}, "must fall"),
        ({"frames_back": (3, 1, -1)}, "frames_back.2"),
        ({"rate_hz": 20.0}, "must not exceed"),
    ],
)
def test_a_pathway_that_contradicts_itself_is_refused(changes, message):
    path = {"name": "slow", "num_frames": 3, "rate_hz": 10.0} | changes

    with pytest.raises(ValueError, match=message):
        card_for("multirate", pathways=(path,))


def test_two_pathways_of_one_name_are_refused():
    path = {"name": "slow", "num_frames": 3, "rate_hz": 10.0}

    with pytest.raises(ValueError, match="different names"):
        card_for("multirate", pathways=(path, path))


@pytest.mark.parametrize(("mode", "frames"), [("frame", 1), ("clip", 4), ("multirate", 5)])
def test_a_card_knows_how_many_frames_a_prediction_is_cut_from(mode, frames):
    assert card_for(mode).window_frames == frames


def test_a_graph_that_is_not_its_cards_is_refused():
    card = card_for("stream")
    inputs = {"frames": "tensor(uint8)", "state.last": "tensor(float)"}
    outputs = {"logits": "tensor(float)", "next_state.last": "tensor(float)"}
    check_graph("m", card, inputs, outputs)

    for broken_in, broken_out, message in [
        ({"frames": "tensor(uint8)"}, outputs, "graph inputs"),
        (inputs, {"logits": "tensor(float)"}, "no output next_state.last"),
        (inputs | {"frames": "tensor(float)"}, outputs, "must be uint8"),
    ]:
        with pytest.raises(BundleError, match=message):
            check_graph("m", card, broken_in, broken_out)


def test_frame_inputs_follow_the_temporal_mode():
    assert frame_inputs(card_for("frame")) == {"frames": (4, 6, 3)}
    assert frame_inputs(card_for("clip")) == {"frames": (4, 4, 6, 3)}
    assert set(frame_inputs(card_for("multirate"))) == {"frames.slow", "frames.fast"}
