"""A batch on a real Ray cluster: the tables of one machine, whatever becomes of the nodes."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import onnx
import pytest
from edgevid_batch.engines.ray_cluster import connected
from onnx import TensorProto, helper

from edgevid.cli.app import run_app
from edgevid.errors import ConfigError
from tests.tiny_bundles import card_for, graph_for
from tests.videos import write_video

pytestmark = pytest.mark.timeout(600)

TABLES = ("drives", "events", "availability", "scores")
ENV = {
    **os.environ,
    "RAY_USAGE_STATS_ENABLED": "0",
    # On the loopback device, and with a word that the driver must know.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": "for tests alone",
}


class Nodes:
    """A head, and a node that decodes and scores."""

    def __init__(self):
        script = Path(__file__).with_name("ray_nodes.py")
        self._process = subprocess.Popen(
            [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=ENV,
        )  # fmt: skip
        self.address = self._hear()["address"]
        self._node = self._hear()["raylet"]

    def _hear(self):
        return json.loads(self._process.stdout.readline())

    def kill(self):
        """Kill the node with all that runs on it; then another one comes."""
        running = children(self._node)
        scorers = [child for child in running if "RayScorer" in title(child)]
        for victim in (self._node, *running):
            os.kill(victim, signal.SIGKILL)
        self._process.stdin.write("add\n")
        self._process.stdin.flush()
        self._node = self._hear()["raylet"]
        return len(scorers)

    def close(self):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def is_running(process):
    """Asked seldom enough to leave the processor to it."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(0.05)
    return process.returncode is None


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def title(pid):
    return Path(f"/proc/{pid}/cmdline").read_text()


@pytest.fixture(scope="module")
def nodes():
    found = Nodes()
    yield found
    found.close()


@pytest.fixture(scope="module")
def mixed(drives, tmp_path_factory):
    """Good drives, one that cannot be cut, and two that cannot be read."""
    folder = tmp_path_factory.mktemp("mixed")
    for path in (p for p in drives.rglob("*") if p.is_file()):
        (folder / path.name).symlink_to(path)
    write_video(folder / "long.mp4", [n * 67 for n in range(300)], seed=9)
    (folder / "text.mp4").write_text("hello")
    (folder / "empty.mkv").touch()
    return folder


def command(out, bundle, *more):
    return [sys.executable, "-m", "edgevid", "batch", "--out", str(out), "--model", str(bundle),
            "--scores", "--backend", "onnxruntime", "--batch-size", "4", "--chunk-seconds", "1",
            *map(str, more)]  # fmt: skip


def on(nodes, *more):
    return ("--engine", "ray", "--address", nodes.address, *more)


def tables(folder):
    return {name: (folder / f"{name}.parquet").read_bytes() for name in TABLES}


@pytest.fixture(scope="module")
def expected(bundle, mixed, tmp_path_factory):
    """Tables of the processes of this machine; paths are relative."""
    out = tmp_path_factory.mktemp("local")
    words = command(out, bundle, ".", "--workers", "2", "--quiet")
    done = subprocess.run(words, cwd=mixed, check=False, timeout=300)
    assert done.returncode == 2
    return tables(out)


@pytest.mark.slow
def test_a_node_that_dies_costs_its_tasks_alone(nodes, bundle, mixed, expected, tmp_path):
    words = command(tmp_path / "out", bundle, ".", *on(nodes, "--gpus-per-scorer", 0.5, "--json"))
    manifest = tmp_path / "out" / "manifest.jsonl"
    with subprocess.Popen(
        words, cwd=mixed, env=ENV, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        while is_running(process):
            if manifest.exists() and manifest.read_bytes().count(b"\n") >= 5:
                before = manifest.read_bytes().count(b"\n")
                killed = nodes.kill()
                break
        said, complaints = process.communicate(timeout=400)

    assert process.returncode == 2
    assert killed == 2
    assert before < manifest.read_bytes().count(b"\n") / 2
    assert "a scorer was lost" in " ".join(complaints.split())
    assert tables(tmp_path / "out") == expected
    assert json.loads(said)["done"] == 6


def failing(path):
    """A bundle that loads, and fails at every frame."""
    card = card_for("frame")
    graph = graph_for(card)
    [last] = [node for node in graph.graph.node if node.output[0] == "logits"]
    last.output[0] = "fine"
    graph.graph.initializer.append(helper.make_tensor("nowhere", TensorProto.INT64, [1], [9]))
    graph.graph.node.append(helper.make_node("Gather", ["fine", "nowhere"], ["logits"], axis=1))
    helper.set_model_props(graph, {"edgevid.card": card.model_dump_json()})
    onnx.save(graph, path)
    return path


@pytest.mark.slow
def test_what_stops_the_batch_is_one_line(nodes, bundle, mixed, tmp_path):
    (tmp_path / "bad.onnx").write_bytes(b"nothing")
    model = failing(tmp_path / "failing.onnx")
    # What a process has open is a file that no other one sees.
    with (mixed / "a.mp4").open("rb") as file:
        mine = os.dup2(file.fileno(), 900)
        for words, message in (
            (command(tmp_path / "a", tmp_path / "bad.onnx", "a.mp4"), "bad.onnx"),
            (command(tmp_path / "b", model, "a.mp4"), "indices element out of data bounds"),
            (command(tmp_path / "c", bundle, f"/dev/fd/{mine}"), "every node must see the drives"),
        ):
            done = subprocess.run(
                [*words, *on(nodes)], cwd=mixed, env=ENV, pass_fds=[mine],
                capture_output=True, text=True, timeout=300, check=False,
            )  # fmt: skip
            lines = done.stderr.strip().splitlines()

            assert done.returncode == 2
            assert len(lines) == 1
            assert lines[0].startswith("error: ")
            assert message in lines[0]
        os.close(mine)


def listening(pid):
    """Addresses, as /proc has them, on which a process and its children listen."""
    own, found = set(), set()
    for member in [pid, *descendants(pid)]:
        with suppress(OSError):
            own |= {str(place.readlink()) for place in Path(f"/proc/{member}/fd").iterdir()}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in own:
                found.add(fields[1].partition(":")[0])
    return found


def descendants(pid):
    with suppress(OSError):
        for child in children(pid):
            yield child
            yield from descendants(child)


@pytest.mark.slow
def test_ray_is_started_here_alone_where_no_cluster_is_named(bundle, mixed, tmp_path):
    heard, words = set(), (bundle, mixed / "a.mp4", "--workers", "2", "--quiet", "--engine")
    subprocess.run(command(tmp_path / "local", *words, "local"), timeout=300, check=True)
    with subprocess.Popen(command(tmp_path / "ray", *words, "ray")) as process:
        while is_running(process):
            heard |= listening(process.pid)

    assert process.returncode == 0
    assert heard == {"0100007F", "0000000000000000FFFF00000100007F"}
    assert tables(tmp_path / "ray") == tables(tmp_path / "local")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--address", "head:6379"), "add --engine ray"),
        (("--engine", "ray", "--address", "head"), "give HOST:PORT"),
        (("--engine", "ray", "--address", "ray://head:10001"), "give HOST:PORT"),
        (("--engine", "ray", "--address", "127.0.0.1:9"), "Connection refused"),
        (("--engine", "ray", "--address", "head:1", "--workers", "2"), "ray start --num-cpus"),
        (("--engine", "ray", "--gpus-per-scorer", "1.5"), "a part of one GPU"),
        (("--engine", "dask"), "'local' or 'ray'"),
    ],
)
def test_what_is_not_accepted_is_said(tmp_path, capsys, words, message):
    code = run_app(["batch", "x.mp4", "--out", str(tmp_path / "out"), *words])
    said = capsys.readouterr().err

    assert code == 2
    assert message in said
    assert len(said.strip().splitlines()) == 1


def test_without_ray_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with (
        pytest.raises(ConfigError, match=r'pip install "edgevid\[batch,ray\]"'),
        connected(None, 1),
    ):
        pass
