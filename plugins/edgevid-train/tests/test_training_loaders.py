from collections import Counter

import pytest
from edgevid_train.data.errors import DataError
from edgevid_train.data.table import read_table
from edgevid_train.training.draft import draft_card
from edgevid_train.training.loaders import batch_loader
from edgevid_train.training.recipe import parse_recipe

from edgevid import ConfigError, load_plugins


def loader(table, split="train", *, keep=lambda segment: True, data=None, batch_size=4, **card):
    classes = ["safe_driving", "drinking", "smoking"]
    data = {"class_names": classes, "num_frames": 2, "workers": 0, **(data or {})}
    network = {"input_size": [32, 32], "options": {"width": 0.25}}
    optimiser = {"batch_size": batch_size}
    recipe = parse_recipe({"data": data, "network": network, "optimiser": optimiser}, "test")
    made = draft_card(load_plugins().architectures["tsm_mobilenet_v2"](), recipe)
    segments = [segment for segment in read_table(table) if keep(segment)]
    return batch_loader(segments, recipe, made, split)


def few_smokers(segment):
    return segment.label != "smoking" or segment.file.stem == "8"


def test_classes_are_drawn_equally_often(square_table):
    found = loader(square_table, keep=few_smokers, data={"clips_per_epoch": 3000})
    segments = found.dataset.segments
    drawn = Counter(segments[index].label for index in found.sampler)
    assert len({segment.label for segment in segments}) == 3
    assert min(drawn.values()) > 900


@pytest.mark.parametrize(("clips", "most"), [(None, 1), (5, 1), (24, 2), (30, 3)])
def test_without_balance_each_clip_comes_before_any_comes_again(square_table, clips, most):
    found = loader(square_table, data={"balanced": False, "clips_per_epoch": clips})
    drawn = Counter(found.sampler)
    assert sum(drawn.values()) == len(found.sampler) == (clips or 12)
    assert max(drawn.values()) == most
    assert clips is None or max(drawn.values()) - min(drawn.values()) <= 1


@pytest.mark.parametrize("balanced", [True, False])
def test_draws_depend_on_seed_and_epoch_only(square_table, balanced):
    def epochs(numbers):
        found = loader(square_table, data={"balanced": balanced})
        orders = []
        for number in numbers:
            found.dataset.set_epoch(number)
            orders.append(list(found.sampler))
        return orders

    first, second, third = epochs([0, 1, 2])
    assert first != second != third
    assert epochs([2, 0]) == [third, first]


@pytest.mark.parametrize(
    ("clips", "batch_size", "batches"), [(12, 5, 2), (4, 8, 1), (8, 8, 1), (3, 2, 1), (1, 4, 1)]
)
def test_there_is_always_a_batch(square_table, clips, batch_size, batches):
    found = loader(square_table, data={"clips_per_epoch": clips}, batch_size=batch_size)
    assert len(found) == len(list(found)) == batches


def test_validation_takes_all_clips_in_order(square_table):
    found = loader(square_table, "val", data={"clips_per_epoch": 2}, batch_size=4)
    labels = [label for batch in found for label in batch["labels"][:, 0].tolist()]
    assert labels == [1, 1, 0, 0, 2, 2]


@pytest.mark.parametrize("split", ["train", "val"])
def test_a_split_without_segments_is_refused(square_table, split):
    with pytest.raises(ConfigError, match=f"no segments of split '{split}'; it needs train and"):
        loader(square_table, split, keep=lambda segment: segment.split != split)


def test_a_label_that_is_no_class_is_refused(square_table):
    classes = {"class_names": ["safe_driving", "drinkin"]}
    with pytest.raises(DataError, match="'drinking' is not known; did you mean 'drinkin'"):
        loader(square_table, data=classes)
