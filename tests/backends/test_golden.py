import hashlib
import json

import numpy as np
import pytest

from edgevid.backends.golden import check_golden, golden_inputs
from edgevid.backends.onnxruntime import OnnxRuntimeBackend
from edgevid.backends.openvino import OpenVinoBackend
from edgevid.backends.torch import TorchBackend
from edgevid.card import Card
from edgevid.config import BackendConfig, ModelConfig
from edgevid.errors import BundleError, ConfigError, ParityError
from edgevid.golden import golden_clip
from edgevid.interfaces import Bundle
from edgevid.pipeline.build import build_model
from edgevid.plugins import load_plugins

from ..tiny_bundles import card_for, write_bundle
from ..tiny_networks import tiny_network, with_golden

MODES = ["frame", "stream", "clip", "multirate"]
PLUGINS = load_plugins(discover=False)


def test_the_clip_is_the_same_on_every_machine():
    clip = golden_clip(5, 40, 56, seed=3)

    assert clip.shape == (5, 40, 56, 3)
    assert hashlib.sha256(clip.tobytes()).hexdigest() == (
        "2d4c538f212837ba3387aaac540647c4e4b78481639490cb15814c41907df67a"
    )


def test_the_clip_moves_and_its_colours_and_seeds_differ():
    clip = golden_clip(3, 64, 64).astype(float)

    assert np.abs(clip[1] - clip[0]).mean() > 5
    blue, green, red = clip.mean(axis=(0, 1, 2))
    assert blue + 20 < green < red - 20
    assert np.abs(golden_clip(3, 64, 64, seed=1) - clip).mean() > 10


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cls", [OnnxRuntimeBackend, OpenVinoBackend, TorchBackend])
def test_every_backend_gives_the_numbers_of_the_card(tmp_path, cls, mode):
    card = with_golden(card_for(mode))
    if cls is TorchBackend:
        backend = cls.around(cls.Options(), card, tiny_network(card))
    else:
        backend = cls(cls.Options(), Bundle(write_bundle(tmp_path / "m.onnx", card), card))

    assert 0 <= check_golden(backend, card) < 1e-5


def test_a_stream_is_fed_frame_by_frame_and_starts_anew_once():
    fed = list(golden_inputs(card_for("stream"), golden_clip(6, 4, 6), reset_at=4))

    assert [(index, first) for index, _, first in fed] == [
        (0, True), (1, False), (2, False), (3, False), (4, True), (5, False),
    ]  # fmt: skip


def test_no_clip_reaches_over_the_reset():
    fed = list(golden_inputs(card_for("clip"), golden_clip(12, 4, 6), reset_at=6))

    # Four frames fill the window; the stride is two.
    assert [index for index, *_ in fed] == [3, 5, 9, 11]


def backend_for(tmp_path, card):
    path = write_bundle(tmp_path / "m.onnx", card)
    return OnnxRuntimeBackend(OnnxRuntimeBackend.Options(), Bundle(path, card))


def changed(card, **fields):
    return card.model_copy(update={"golden": card.golden.model_copy(update=fields)})


def wrong_from(card, row):
    rows = [list(r) for r in card.golden.logits]
    for later in rows[row:]:
        later[0] += 0.01
    return changed(card, logits=tuple(map(tuple, rows)))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda c: wrong_from(c, 9), r"onnxruntime \(CPU.*\): logits differs .* at frame 9 by"),
        (lambda c: changed(c, reset_at=5), "at frame 5 by"),
        (lambda c: changed(c, seed=1), "makes another golden clip"),
        (lambda c: changed(c, logits=c.golden.logits[:-1]), r"has shape \(14, 3\), not \(13, 3\)"),
        (lambda c: c.model_copy(update={"golden": None}), "holds no golden logits"),
    ],
)
def test_what_does_not_agree_is_named(tmp_path, spoil, message):
    card = with_golden(card_for("stream"))

    with pytest.raises(ParityError, match=message):
        check_golden(backend_for(tmp_path, card), spoil(card))


def test_scores_that_are_no_numbers_never_agree(tmp_path):
    card = with_golden(card_for("stream"))
    backend = backend_for(tmp_path, card)
    run = backend.run
    backend.run = lambda inputs, memories: (
        {"logits": run(inputs, memories)[0]["logits"] * np.nan}, memories
    )  # fmt: skip

    with pytest.raises(ParityError, match="at frame 0 by nan"):
        check_golden(backend, card)


def test_a_card_with_rows_of_another_length_is_refused():
    fields = with_golden(card_for("stream")).model_dump(mode="json")
    fields["golden"]["logits"] = [[1.0, 2.0]]

    with pytest.raises(BundleError, match="one number for each class"):
        Card.from_json(json.dumps(fields), where="m.onnx")


def open_verified(name):
    return build_model(PLUGINS, ModelConfig(name=name), BackendConfig(), verify=True)


def test_a_run_may_verify_its_backend_first(tmp_path):
    good = with_golden(card_for("stream"))
    write_bundle(tmp_path / "good.onnx", good)
    write_bundle(tmp_path / "bad.onnx", wrong_from(good, 2))

    open_verified(str(tmp_path / "good.onnx")).model.close()
    with pytest.raises(ParityError, match="at frame 2"):
        open_verified(str(tmp_path / "bad.onnx"))


def test_a_backend_that_is_wrong_is_closed(tmp_path, monkeypatch):
    good = with_golden(card_for("stream"))
    path = write_bundle(tmp_path / "bad.onnx", wrong_from(good, 2))
    closed = []
    monkeypatch.setattr(OnnxRuntimeBackend, "close", lambda self: closed.append(self.name))

    with pytest.raises(ParityError):
        open_verified(str(path))
    assert closed == ["onnxruntime"]


@pytest.mark.parametrize(
    ("mode", "changes", "message"),
    [
        ("stream", {"num_frames": 4096}, "larger than 512 MiB"),
        ("clip", {"num_frames": 3, "reset_at": 0}, "shorter than one window"),
    ],
)
def test_a_card_that_asks_for_too_much_or_too_little_is_refused(tmp_path, mode, changes, message):
    card = with_golden(card_for(mode))
    backend = backend_for(tmp_path, card)
    height, width = card.input_size
    sha = hashlib.sha256(golden_clip(3, height, width).tobytes()).hexdigest()
    card = changed(card, sha256=sha, **changes)
    if mode == "stream":
        card = card.model_copy(update={"input_size": (512, 512)})

    with pytest.raises(ParityError, match=message):
        check_golden(backend, card)


def test_what_is_no_bundle_cannot_be_verified():
    with pytest.raises(ConfigError, match="'roi_activity' is no bundle"):
        open_verified("roi_activity")
