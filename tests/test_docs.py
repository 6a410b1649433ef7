"""Docs that can drift have a test that fails when they do."""

import importlib.util
import inspect
import re
import typing
from pathlib import Path

import pytest
from pydantic import BaseModel

from edgevid import errors, hookspecs
from edgevid.events.policy import Policy

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
HOOKS = [name for name in vars(hookspecs) if name.startswith("register_")]


def text(name):
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_heading_with_its_exact_arguments(hook):
    arguments = ", ".join(inspect.signature(getattr(hookspecs, hook)).parameters)

    assert f"## {hook}({arguments})\n" in text("plugin_hooks.md")


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_test(hook):
    assert f"def test_hook_{hook}(" in (ROOT / "tests" / "test_plugins.py").read_text()


def test_the_tutorials_code_is_the_plugins_code():
    code = (ROOT / "plugins/edgevid-hello/edgevid_hello/__init__.py").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(class .*?|@hookimpl.*?)```", text("writing_plugins.md"), re.S)

    assert len(blocks) == 3
    for block in blocks:
        assert block.strip() in code


def parameters(model, path=""):
    for name, field in model.model_fields.items():
        inner = [a for a in (field.annotation, *typing.get_args(field.annotation))
                 if inspect.isclass(a) and issubclass(a, BaseModel)]  # fmt: skip
        if inner and name != "rules":
            yield from parameters(inner[0], f"{name}.")
        elif inner:
            yield from parameters(inner[0])
        else:
            yield path + name


@pytest.mark.parametrize("name", [p for p in parameters(Policy) if p != "description"])
def test_every_parameter_of_a_policy_is_explained(name):
    assert f"`{name}`" in text("events.md")


def test_the_pictures_of_events_md_are_those_that_the_tool_draws(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    import event_pictures

    shown = set(re.findall(r"\(pictures/events_(\w+)\.png\)", text("events.md")))
    assert shown == set(event_pictures.PICTURES)
    assert all((DOCS / "pictures" / f"events_{name}.png").is_file() for name in shown)


@pytest.mark.parametrize(
    "name",
    [n for n, c in vars(errors).items() if inspect.isclass(c) and c.__module__ == errors.__name__],
)
def test_every_error_is_documented(name):
    assert f"- `{name}`: " in text("errors.md")


@pytest.mark.slow
def test_generated_pages_are_up_to_date(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "tools/generate_docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    stale = [p.name for p, t in module.pages().items() if p.read_text(encoding="utf-8") != t]
    assert stale == [], "run `make docs`"


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *sorted(DOCS.glob("*.md"))], ids=lambda p: p.name
)
def test_links_and_files_named_in_the_docs_exist(path):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_readme_commands_exist():
    make = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", (ROOT / "README.md").read_text(), re.M):
        assert f"\n{target}:" in make


def test_a_run_result_is_what_its_schema_says(tmp_path):
    import json

    import jsonschema

    from edgevid import RunConfig, run

    target = tmp_path / "run.json"
    run(RunConfig(source={"uri": "test:?frames=20"}, sinks=(), run_json=str(target)))
    result = json.loads(target.read_text())
    jsonschema.validate(result, json.loads(text("run.schema.json")))
    assert (result["status"], result["frames"]["read"]) == ("finished", 20)


@pytest.mark.slow
def test_an_event_record_is_what_its_schema_says(tmp_path):
    import json

    import jsonschema

    from edgevid import RunConfig, run

    target = tmp_path / "e.jsonl"
    source = {"uri": str(ROOT / "examples" / "sample_drive.mp4")}
    run(RunConfig(source=source, sinks=(f"jsonl:{target}",)))
    lines = [json.loads(line) for line in target.read_text().splitlines()]
    events = [line for line in lines if line.pop("type") == "event"]
    assert {event["phase"] for event in events} >= {"open", "closed"}
    for event in events:
        jsonschema.validate(event, json.loads(text("event.schema.json")))


def test_the_readme_names_every_extra_that_a_user_may_install():
    section = (ROOT / "README.md").read_text("utf-8").split("## Install")[1].split("## ")[0]
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    extras = project.split("hooks.custom.extras]")[1].split("\n[")[0]
    names = set(re.findall(r"^(\w+) = ", extras, re.M)) - {"dev"}
    assert "batch" in names
    assert {name for name in names if f"`{name}`" not in section} == set()
