"""Every public class of the zoo says its paper, and what goes in with shape and units."""

import importlib
import inspect
import pkgutil
import re

import pytest
from edgevid_zoo import architectures, networks, parts
from pydantic import BaseModel

from edgevid.backends import frame_inputs


def public_classes(package):
    """Those that its modules define, but for options, which nothing goes into."""
    for found in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        module = importlib.import_module(found.name)
        for name, cls in vars(module).items():
            own = inspect.isclass(cls) and cls.__module__ == module.__name__
            if own and not name.startswith("_") and not issubclass(cls, BaseModel):
                yield cls


CLASSES = [cls for package in (networks, parts, architectures) for cls in public_classes(package)]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__qualname__)
def test_it_says_its_paper_and_its_input(cls):
    says = inspect.getdoc(cls)

    # What is common to all architectures is of no one paper.
    assert "https://" in says or inspect.isabstract(cls)
    [what, shape] = re.search(r"Input: ([^(]*)\((N[^)]*)\)", says).groups()
    assert re.match(r"RGB|uint8 BGR|features|in bundle form|as of", what)
    # Features of frames have batch and time in one axis.
    assert shape.startswith(("N, ", "N*T, "))


@pytest.mark.parametrize("cls", architectures.ARCHITECTURES, ids=lambda cls: cls.name)
def test_the_input_of_an_architecture_is_that_of_its_card(cls):
    card = cls().default_card(["a", "b"])
    shapes = [str(("N", *shape)).replace("'", "") for shape in frame_inputs(card).values()]
    says = inspect.getdoc(cls).partition("Input: uint8 BGR ")[2]

    assert says.startswith("frames" if card.temporal_mode in ("frame", "stream") else "clips")
    assert re.findall(r"\(N.*?\)", says) == shapes
    assert f"{card.input_rate_hz:g} frames a second" in says
