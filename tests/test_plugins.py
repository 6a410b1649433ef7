from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from edgevid.config import SourceConfig
from edgevid.errors import DuplicatePluginError, PluginLoadError, UnknownPluginError
from edgevid.hookspecs import hookimpl
from edgevid.pipeline.build import build_source
from edgevid.plugins import load_plugins
from edgevid.registry import Registry


def plugin(hook, *names, module_name="mine"):
    """A module whose one hook registers objects under names."""
    module = ModuleType(module_name)

    def implementation(register):
        for name in names:
            register(name, object())

    implementation.__name__ = hook
    setattr(module, hook, hookimpl(implementation))
    return module


def load(*modules, points=()):
    return load_plugins(modules, discover=False, points=points)


def registered(hook, attribute):
    plugins = load(plugin(hook, "new_one"))
    assert "new_one" in getattr(plugins, attribute)
    assert getattr(plugins, attribute).origin("new_one") == "mine"


def test_hook_register_sources():
    registered("register_sources", "sources")


def test_hook_register_models():
    registered("register_models", "models")


def test_hook_register_architectures():
    registered("register_architectures", "architectures")


def test_hook_register_backends():
    registered("register_backends", "backends")


def test_hook_register_events():
    registered("register_events", "events")


def test_hook_register_overlays():
    registered("register_overlays", "overlays")


def test_hook_register_explainers():
    registered("register_explainers", "explainers")


def test_hook_register_sinks():
    registered("register_sinks", "sinks")


def test_hook_register_signals():
    registered("register_signals", "signals")


def test_hook_register_commands():
    registered("register_commands", "commands")


def test_a_name_that_is_taken_disables_the_later_plugin_whole_and_says_why():
    plugins = load(plugin("register_sinks", "fresh", "jsonl"))

    [broken] = [p for p in plugins.loaded if p.error]
    assert (
        "sink 'jsonl' of mine is already registered by edgevid.default_plugins.sinks"
        in broken.error
    )
    assert "fresh" not in plugins.sinks


def test_a_misspelt_argument_is_blamed_on_its_plugin_alone():
    module = ModuleType("misspelt")

    def register_sinks(registr):
        raise AssertionError("never called")

    module.register_sinks = hookimpl(register_sinks)
    plugins = load(module, plugin("register_models", "fine", module_name="other"))

    assert [p.name for p in plugins.loaded if p.error] == ["misspelt"]
    assert "fine" in plugins.models


def test_an_import_that_fails_is_recorded():
    point = EntryPoint("gone", "no_such_module_anywhere", "edgevid")
    plugins = load(points=[point])

    [broken] = [p for p in plugins.loaded if p.error]
    assert broken.name == "gone"
    assert "ModuleNotFoundError" in broken.error


def test_default_plugins_all_load():
    assert [p for p in load().loaded if p.error] == []


def test_an_unknown_name_lists_near_ones_and_the_pip_command():
    plugins = load()

    with pytest.raises(UnknownPluginError, match=r"did you mean jsonl\?.*Known: .*console"):
        _ = plugins.sinks["jsnl"]


@pytest.mark.parametrize(
    ("registry", "name", "distribution"),
    [
        ("models", "tsm_mobilenet_v2", "edgevid-zoo"),
        ("architectures", "tsm_mobilenet_v2", "edgevid-zoo"),
        ("architectures", "single_frame_mobilenet_v2", "edgevid-zoo"),
        ("sources", "synthetic", "edgevid-synth"),
        ("commands", "train", "edgevid-train"),
        ("commands", "synth", "edgevid-synth"),
        ("commands", "data", "edgevid-train"),
        ("commands", "evaluate", "edgevid-train"),
        ("commands", "export", "edgevid-export"),
    ],
)
def test_a_name_that_another_package_brings_says_which(registry, name, distribution):
    known = getattr(load(), registry)

    assert known.bringers[name] == distribution
    with pytest.raises(UnknownPluginError, match=f"pip install {distribution}$"):
        _ = known[name]


def test_a_source_that_another_package_brings_says_which():
    with pytest.raises(UnknownPluginError, match="pip install edgevid-synth"):
        build_source(load(), SourceConfig(uri="synthetic:?seed=1"))


def test_a_registry_refuses_duplicates():
    registry = Registry("thing")
    registry.add("a", 1, origin="first")

    with pytest.raises(DuplicatePluginError, match="already registered by first"):
        registry.add("a", 2, origin="second")


def test_a_class_given_as_text_is_imported_when_it_is_first_used():
    registry = Registry("sink")
    registry.add("decimal", "fractions:Fraction", origin="mine")
    registry.add("broken", "no_such_module:Sink", origin="mine")

    assert list(registry) == ["broken", "decimal"]
    assert registry["decimal"].__name__ == "Fraction"
    with pytest.raises(
        PluginLoadError, match="sink 'broken' of mine cannot be imported from no_such_module:Sink: "
    ):
        registry["broken"]
