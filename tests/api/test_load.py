import pytest

import edgevid

from .parts import model


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"model": "drivr"}, edgevid.UnknownPluginError, "unknown model 'drivr'; did you mean dri"),
        ({"model": "none.onnx"}, edgevid.BundleError, "none.onnx"),
        (
            {"backend": "onnx"},
            edgevid.UnknownPluginError,
            "unknown backend .onnx.. Known: onnxruntime",
        ),
        ({"require": "tpu"}, edgevid.ConfigError, "require: Input should be 'cpu', 'cuda'"),
        ({"options": {"x": 1}}, edgevid.ConfigError, "x: unknown key"),
        ({"model": {"nam": "driver"}}, edgevid.ConfigError, "nam: unknown key; did you mean name"),
    ],
)
def test_what_is_not_accepted_is_one_line(arguments, error, message):
    with pytest.raises(error, match=message) as raised:
        edgevid.load(**arguments)
    assert "\n" not in str(raised.value)


def test_a_bundles_path_a_name_and_a_dict_are_the_same_model(driver):
    path = driver.plugins.models["driver"].bundle_path()
    with edgevid.load(path) as by_path, edgevid.load({"name": "driver"}, device="cpu") as by_dict:
        assert by_path.card == by_dict.card == driver.card
        assert by_path.runs_on["provider"] == "CPUExecutionProvider"


def test_a_plugins_model_is_taken_as_it_is():
    mine = model()
    with edgevid.load(mine) as loaded:
        assert loaded.model is mine
        assert loaded.class_names == ("calm", "busy")
    with pytest.raises(edgevid.ConfigError, match="the model is made already"):
        edgevid.load(mine, require="cpu")


def test_a_closed_model_says_so():
    loaded = edgevid.load("driver")
    loaded.close()
    loaded.close()
    assert "closed" in repr(loaded)
    with pytest.raises(ValueError, match="the model 'driver' is closed; load it again"):
        loaded.session()
    with pytest.raises(ValueError, match="load it again"):
        edgevid.stream("test:", loaded)


def test_a_model_that_is_closed_in_the_loop_ends_the_run(drives):
    loaded = edgevid.load("driver")
    results = edgevid.stream(drives[10], loaded)
    next(results)
    loaded.close()
    with pytest.raises(edgevid.EdgevidError, match="'driver' was closed during the run"):
        list(results)
