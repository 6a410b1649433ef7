import asyncio
import contextlib
import gc
import threading

import pytest

import edgevid

from .parts import POLICY, SCENE, at_rate, model, plugins, threads


def opened(script, *spans, fields=None, **attributes):
    found, source = plugins(script, **attributes)
    mine = edgevid.load(model(*spans, **(fields or {})), plugins=found)
    return edgevid.stream("scripted:", mine, policy=POLICY), source, mine


def test_every_analysed_frame_gives_a_result_and_the_end_closes_events_in_a_final_one():
    results, source, _ = opened(at_rate(30, 3), (1, 99))
    found = list(results)

    assert [r.frame_index for r in found[:-1]] == list(range(0, 90, 3))
    assert [int(r.image[0, 0, 0]) for r in found[:-1]] == list(range(0, 90, 3))
    assert [r.final for r in found] == [False] * 30 + [True]
    assert (found[-1].seconds, found[-1].valid) == (found[-2].seconds, False)
    assert [e.state for e in found[-1].events] == ["closed"]
    assert results.summary.events["busy"].count == 1
    assert next(results, None) is None
    assert (source.closed, threads()) == (1, [])


def test_a_slow_loop_over_a_file_loses_nothing():
    is_full = threading.Event()
    # By frame 14 the ring (8), the model (1), the hand-over (2) and this loop (1) hold the rest.
    script = [*at_rate(10, 1.2), lambda source: is_full.set(), *at_rate(10, 8.8, 1.2)]
    results, _, _ = opened(script)
    first = next(results)
    assert is_full.wait(10)
    assert [first.frame_index, *(r.frame_index for r in results)] == list(range(100))
    assert results.summary.frames.dropped == {}


@pytest.mark.parametrize("way", ["deleted", "closed", "with", "lost in a circle", "never begun"])
def test_leaving_a_stream_stops_threads_and_closes_the_source_and_keeps_the_model(way):
    results, source, mine = opened(iter(at_rate(10, 10**6)))
    if way == "deleted":
        next(results)
        del results
    elif way == "closed":
        next(results)
        results.close()
        assert list(results) == []
    elif way == "with":
        with results:
            next(results)
    elif way == "lost in a circle":
        circle = [next(results), results]
        circle.append(circle)
        del results, circle
        gc.collect()
    else:
        results.close()

    assert (source.closed, threads()) == (1, [])
    assert mine.session(policy=POLICY).push(SCENE, 0.0).label == "calm"


def test_an_exception_in_the_body_stops_everything_while_its_traceback_is_kept():
    found, source = plugins(iter(at_rate(10, 10**6)))
    mine = edgevid.load(model(), plugins=found)

    def cell():
        for result in edgevid.stream("scripted:", mine):
            result.seconds / 0

    with pytest.raises(ZeroDivisionError) as caught:
        cell()
    assert caught.tb is not None
    assert (source.closed, threads()) == (1, [])


def test_a_break_needs_no_variable_to_be_deleted():
    found, source = plugins(iter(at_rate(10, 10**6)))
    mine = edgevid.load(model(), plugins=found)
    for _ in range(2):
        for _ in edgevid.stream("scripted:", mine):
            break
        assert threads() == []
    assert source.closed == 2


def test_a_failing_source_is_raised_after_what_it_gave():
    results, source, _ = opened([*at_rate(10, 3), edgevid.SourceLostError("unplugged")], (1, 99))
    found = [next(results) for _ in range(31)]
    with pytest.raises(edgevid.SourceLostError, match=r"^unplugged$"):
        next(results)

    assert [r.frame_index for r in found if not r.final] == list(range(30))
    assert [e.state for e in found[-1].events] == ["closed"]
    assert (source.closed, threads()) == (1, [])


def test_a_failing_model_is_raised_from_the_loop():
    found, _ = plugins(at_rate(10, 3))

    def fail(frame):
        raise RuntimeError("out of memory")

    mine = edgevid.load(edgevid.testing.FakeModel(fail), plugins=found)
    with pytest.raises(edgevid.InferenceError, match="RuntimeError: out of memory"):
        list(edgevid.stream("scripted:", mine))
    assert threads() == []


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"source": "missing.mp4"}, edgevid.SourceOpenError, "missing.mp4"),
        ({"source": ""}, edgevid.ConfigError, "source.uri: String should have at least 1"),
        ({"policy": "fleeet"}, edgevid.ConfigError, "fleeet"),
        ({"sinks": ["jsnol:x"]}, edgevid.UnknownPluginError, "did you mean jsonl"),
        ({"sink": "jsonl:x"}, TypeError, "unexpected argument 'sink'; did you mean sinks?"),
        ({"policy": "fleet", "events": "policy"}, edgevid.ConfigError, "policy and events are"),
        ({"backend": "torch"}, edgevid.ConfigError, "backend: the model is loaded already"),
    ],
)
def test_wrong_arguments_are_one_line(driver, arguments, error, message):
    with pytest.raises(error, match=message):
        list(edgevid.stream(**({"source": "test:?frames=9", "model": driver} | arguments)))


def test_two_streams_of_one_model_side_by_side(driver, drives):
    one = [r.confidence for r in edgevid.stream(drives[10], driver, duration_seconds=3)]
    pairs = zip(
        edgevid.stream(drives[10], driver, duration_seconds=3),
        edgevid.stream(drives[30], driver, duration_seconds=3),
        strict=False,
    )
    assert [a.confidence for a, _ in pairs] == one


def test_a_named_model_is_loaded_and_closed(drives):
    with edgevid.stream(drives[10], duration_seconds=1) as results:
        assert [r.frame_index for r in results] == [0, 1, 3, 4, 5, 6, 8, 9]
    assert results.summary.model["name"] == "driver"
    assert threads() == []


def test_strings_and_dicts_go_where_the_yaml_takes_them(driver, drives, tmp_path):
    summary = edgevid.run(
        {"uri": str(drives[10])},
        driver,
        policy={"profile": "coach", "report_level": 0},
        sinks=[{"name": "jsonl", "target": str(tmp_path / "a.jsonl")}, f"csv:{tmp_path / 'a.csv'}"],
        overlays=["label", {"name": "strip"}],
        buffer={"capacity": 4},
        run_json=tmp_path / "run.json",
        duration_seconds=16,
    )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "a.jsonl", "run.json"]
    assert [e.group for e in summary.recent_events] == ["phone"]
    assert summary.model["name"] == driver.card.name


def test_a_run_config_takes_no_arguments_beside_it(driver):
    with pytest.raises(TypeError, match="a RunConfig is complete"):
        edgevid.run(edgevid.RunConfig(source="test:"), driver)


def test_an_asyncio_loop_gets_the_same_results_while_others_run(driver, drives):
    async def both():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                await asyncio.sleep(0)
                ticks += 1

        ticking = asyncio.create_task(tick())
        found = [r async for r in edgevid.astream(drives[10], driver, duration_seconds=3)]
        ticking.cancel()
        return found, ticks

    found, ticks = asyncio.run(both())
    expected = list(edgevid.stream(drives[10], driver, duration_seconds=3))
    assert [r.to_dict() for r in found] == [r.to_dict() for r in expected]
    assert ticks > len(found)
    assert threads() == []


@pytest.mark.parametrize("way", ["break", "raise", "cancel"])
def test_leaving_an_asyncio_loop_stops_everything(way):
    found, source = plugins(iter(at_rate(10, 10**6)))
    mine = edgevid.load(model(), plugins=found)

    async def watch(begun):
        async with contextlib.aclosing(edgevid.astream("scripted:", mine)) as results:
            async for _ in results:
                begun.set()
                if way == "break":
                    break
                if way == "raise":
                    raise ZeroDivisionError
                await asyncio.sleep(0)

    async def main():
        begun = asyncio.Event()
        task = asyncio.create_task(watch(begun))
        await begun.wait()
        if way == "cancel":
            task.cancel()
        await task

    with contextlib.suppress(ZeroDivisionError, asyncio.CancelledError):
        asyncio.run(main())
    assert (source.closed, threads()) == (1, [])


def test_a_task_that_waits_for_a_silent_source_can_be_cancelled():
    silent = threading.Event()

    def wait(source):
        silent.set()
        source._stop.wait()

    found, source = plugins([0.0, wait])
    mine = edgevid.load(model(), plugins=found)

    async def main():
        async def watch():
            async for _ in edgevid.astream("scripted:", mine):
                pass

        task = asyncio.create_task(watch())
        await asyncio.to_thread(silent.wait)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    asyncio.run(main())
    assert (source.closed, threads()) == (1, [])


def test_errors_come_out_of_an_asyncio_loop():
    async def main():
        async for _ in edgevid.astream("missing.mp4"):
            pass

    with pytest.raises(edgevid.SourceOpenError, match=r"missing\.mp4"):
        asyncio.run(main())
