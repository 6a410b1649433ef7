"""Files of weights: what is read, and what is refused before anything is executed."""

import pickle
import zipfile

import pytest
import torch
from edgevid_zoo.weights import checkpoints
from edgevid_zoo.weights.checkpoints import read_checkpoint
from safetensors.torch import save_file

from edgevid import WeightsError

TENSORS = {"a.weight": torch.ones(2), "b.bias": torch.zeros(3)}


class Evil:
    def __reduce__(self):
        return exec, ("raise SystemExit('it ran')",)


def bombed(path):
    """A zip of which little is on the disk."""
    torch.save(TENSORS, path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/9", bytes(2000))


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("w.pth", lambda path: torch.save(TENSORS, path)),
        ("w.pth.tar", lambda path: torch.save({"epoch": 3, "state_dict": TENSORS}, path)),
        ("w.pyth", lambda path: torch.save({"model_state": TENSORS, "cfg": "A: 1"}, path)),
        ("w.pt", lambda path: torch.save(TENSORS, path, _use_new_zipfile_serialization=False)),
        ("w.pth", lambda path: torch.save({f"module.{k}": t for k, t in TENSORS.items()}, path)),
        ("w.safetensors", lambda path: save_file(TENSORS, path)),
    ],
)
def test_the_usual_files_are_read(name, write, tmp_path):
    write(tmp_path / name)
    found = read_checkpoint(tmp_path / name)
    assert found.keys() == TENSORS.keys()
    assert all(torch.equal(found[key], tensor) for key, tensor in TENSORS.items())


REFUSED = [
    ("w.pkl", lambda p: p.write_bytes(pickle.dumps({"blobs": {}})), "a pickle of Caffe2, .*conv"),
    ("w.pdparams", lambda p: p.write_bytes(b"x"), "a pickle of Paddle"),
    ("w.pth", lambda p: p.write_bytes(pickle.dumps(Evil())), "not a checkpoint of plain tensors"),
    ("w.pth", lambda p: torch.save({"state_dict": Evil()}, p), "save its state_dict alone"),
    ("w.pth", lambda p: p.write_bytes(b""), "not a checkpoint of plain tensors"),
    ("w.pth", lambda p: p.write_bytes(b"PK\x05\x06" + bytes(18)), "not a checkpoint of plain"),
    ("w.pth", lambda p: torch.save([1, 2], p), "holds no state_dict"),
    ("w.pth", lambda p: torch.save({1: torch.ones(1)}, p), "holds no state_dict"),
    ("w.pth", lambda p: torch.save({"a": 1.0}, p), "holds no state_dict"),
    ("w.pth", lambda p: torch.save({"a\nb": torch.ones(1)}, p), "holds no state_dict"),
    ("w.pth", lambda p: torch.save({"a": torch.eye(2).to_sparse()}, p), "plain|no dense"),
    ("w.pth", lambda p: torch.save({"a": torch.ones(1) * 1j}, p), "a is no dense tensor"),
    ("w.safetensors", lambda p: p.write_bytes(b"x" * 99), "not a readable safetensors file"),
    ("w.pth", lambda p: None, "no such checkpoint"),
    ("w.pth", lambda p: p.mkdir(), "no such checkpoint"),
    ("w.pth", lambda p: p.symlink_to(p), "no such checkpoint"),
    ("w" * 300, lambda p: None, "w{300}: cannot be read: File name too long"),
    (
        "w.safetensors", lambda p: save_file({"a\x1b[2Jb": torch.ones(1)}, p),
        "has names of tensors that are not plain",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "write", "message"), REFUSED)
def test_other_files_are_refused_in_one_line(name, write, message, tmp_path):
    write(tmp_path / name)
    with pytest.raises(WeightsError, match=message) as caught:
        read_checkpoint(tmp_path / name)
    assert str(caught.value).isprintable()


def test_what_grows_beyond_reason_is_refused(tmp_path, monkeypatch):
    bombed(tmp_path / "w.pth")
    size = (tmp_path / "w.pth").stat().st_size
    with zipfile.ZipFile(tmp_path / "w.pth") as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    assert unpacked > size
    monkeypatch.setattr(checkpoints, "_MOST_BYTES", size)
    with pytest.raises(WeightsError, match="more than weights and optimiser of any network"):
        read_checkpoint(tmp_path / "w.pth")


def test_a_spoiled_file_is_refused_or_read_and_nothing_else_is_raised(tmp_path):
    torch.save(TENSORS, tmp_path / "w.pth")
    whole = (tmp_path / "w.pth").read_bytes()
    shapes = {name: tensor.shape for name, tensor in TENSORS.items()}
    refused = 0
    for step in range(12):
        content = bytearray(whole)
        place = step * len(content) // 12
        content[place : place + 8] = b"\xff" * 8
        (tmp_path / "w.pth").write_bytes(content[: len(content) - step])
        try:
            found = {name: t.shape for name, t in read_checkpoint(tmp_path / "w.pth").items()}
        except WeightsError:
            refused += 1
        else:
            # Where it is still read, what was hit is padding or a number of a tensor.
            assert found == shapes

    assert refused >= 10
