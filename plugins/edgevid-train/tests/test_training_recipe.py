import pytest
import yaml
from edgevid_synth import LABELS
from edgevid_train.commands.train import RECIPES
from edgevid_train.training.folder import write_recipe
from edgevid_train.training.recipe import Recipe, parse_recipe, read_recipe

from edgevid import ConfigError


def nested(path, value):
    for key in reversed(path.split(".")):
        value = {key: value}
    return value


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("optimiser.epoch", 3, "optimiser.epoch: unknown key; did you mean epochs"),
        ("optimizer", {}, "optimizer: unknown key; did you mean optimiser"),
        ("data.augmentation.flipp", 1, "data.augmentation.flipp: unknown key; did you mean flip"),
        ("data.augmentation.flip", 2, "data.augmentation.flip: .* less than or equal to 1, got 2"),
        ("data.class_names", ["one"], "data.class_names: .* at least 2 items"),
        ("data.class_names", ["a", "a"], "data: class_names must be different"),
        ("data.class_names", ["a", "b"], "data: background 'safe_driving' is not one of"),
        ("data.background", "drinkin", "data: background 'drinkin' is not one of class_names"),
        ("data.speed", [1.4, 0.7], "data: speed is .*the slower first"),
        ("data.speed", [0, 1], "data: speed is"),
        ("data.num_frames", 0, "data.num_frames: .* greater than or equal to 1, got 0"),
        ("optimiser.learning_rate", 0, "optimiser.learning_rate: .* greater than 0"),
        ("optimiser.learning_rate", float("inf"), "optimiser.learning_rate: .* finite number"),
        ("optimiser.ema_decay", 1, "optimiser.ema_decay: .* less than 1"),
        ("optimiser.early_sizes", [[0.5, [0, 80]]], "optimiser.early_sizes.0.1.0: .* than 0"),
        ("network.input_size", [112], "network.input_size.1: is required"),
        ("network.input_rate_hz", 0, "network.input_rate_hz: .* greater than 0"),
        ("teacher.weight", 0.5, "teacher.checkpoint: is required"),
        ("trainer.precision", "fp16", "trainer.precision: .*'16-mixed'"),
        ("seed", -1, "seed: .* greater than or equal to 0"),
        ("seed", 2**32, "seed: .* less than"),
    ],
)
def test_a_key_that_is_not_accepted_is_named(path, value, message):
    with pytest.raises(ConfigError, match=f"^mine: the recipe is not valid: .*{message}"):
        parse_recipe(nested(path, value), "mine")


def test_every_offending_key_is_named():
    found = {"sed": 1, "data": {"workers": -1, "flip": 0}, "optimiser": {"epochs": "many"}}
    with pytest.raises(ConfigError) as caught:
        parse_recipe(found, "mine")
    for key in ("sed:", "data.workers:", "data.flip:", "optimiser.epochs:"):
        assert key in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "not a YAML file"),
        ("- 1\n- 2", "a recipe is a mapping of keys, not list"),
        ("when: 2001-99-99", "not a YAML file"),
        (b"\xff\xfe\x00", "not a YAML file"),
        ("!!python/object/apply:os.system ['true']", "not a YAML file"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused(tmp_path, text, message):
    path = tmp_path / "r.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError, match=f"r.yaml: {message}"):
        read_recipe(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"none.yaml: No such file"):
        read_recipe(tmp_path / "none.yaml")


def test_an_empty_recipe_is_the_default_one(tmp_path):
    (tmp_path / "r.yaml").write_text("# nothing\n")
    assert read_recipe(tmp_path / "r.yaml") == Recipe()


@pytest.mark.parametrize("name", ["driver", "finetune"])
def test_recipes_that_ship_are_valid(name):
    from importlib import resources

    found = read_recipe(resources.files("edgevid_train") / RECIPES / f"{name}.yaml")
    assert found.data.class_names == LABELS


def test_a_recipe_is_the_same_after_writing(tmp_path):
    plain = {
        "name": "größer",
        "data": {"class_names": ["a", "b"], "background": None, "num_frames": 3},
        "optimiser": {"early_sizes": [[0.5, [80, 80]]]},
        "teacher": {"checkpoint": "t.safetensors"},
        "network": {"options": {"width": 0.25}},
    }
    recipe = parse_recipe(plain, "mine")
    write_recipe(recipe, tmp_path / "evil\nname: x.csv", tmp_path / "run")
    assert read_recipe(tmp_path / "run" / "recipe.yaml") == recipe
    assert yaml.safe_load((tmp_path / "run" / "recipe.yaml").read_text())["seed"] == 0


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"file.run: cannot be written"):
        write_recipe(Recipe(), tmp_path / "t.csv", tmp_path / "file" / "run")
