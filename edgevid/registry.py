"""A registry: name → class, with errors that help; classes may be imported when first used."""

from __future__ import annotations

import difflib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from edgevid.errors import (
    DuplicatePluginError,
    PluginLoadError,
    UnknownPluginError,
    one_line,
)

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """Names of one role. ``registry[name]`` raises with near names and a pip command.

    What is registered as a text ``module:class`` is imported when it is first asked for.
    """

    def __init__(
        self,
        role: str,
        bringers: Mapping[str, str] | None = None,
        *,
        default: str | None = None,
    ) -> None:
        """Create an empty registry.

        Args:
            role: Singular, for messages: "sink".
            bringers: Name → distribution that would bring it, for the pip command.
            default: Name of the item that is used where none is configured; for those
                who write "default" instead.
        """
        self.role = role
        self._default = default
        self._bringers = dict(bringers or {})
        self._items: dict[str, T | str] = {}
        self._origins: dict[str, str] = {}

    def add(self, name: str, item: T | str, *, origin: str) -> None:
        """Register ``item``, or where it is, ``module:class``; ``origin`` is the plugin's name."""
        if name in self._items:
            raise DuplicatePluginError(
                f"{self.role} {name!r} of {origin} is already registered by {self._origins[name]}; "
                f"uninstall one of the two"
            )
        self._items[name] = item
        self._origins[name] = origin

    def remove_origin(self, origin: str) -> None:
        """Take back everything that ``origin`` registered."""
        for name in [n for n, o in self._origins.items() if o == origin]:
            del self._items[name], self._origins[name]

    @property
    def bringers(self) -> Mapping[str, str]:
        """Name → distribution that would bring it, whether it is installed or not."""
        return self._bringers

    def origin(self, name: str) -> str:
        """Plugin that registered ``name``."""
        return self._origins[name]

    def __getitem__(self, name: str) -> T:
        try:
            item = self._items[name]
        except KeyError:
            raise UnknownPluginError(self._explain(name)) from None
        if isinstance(item, str):
            item = self._items[name] = self._imported(name, item)
        return item

    def _imported(self, name: str, place: str) -> T:
        try:
            found: T = pkgutil.resolve_name(place)
        # A module may raise anything when it is imported.
        except Exception as error:
            raise PluginLoadError(
                f"{self.role} {name!r} of {self._origins[name]} cannot be imported from {place}: "
                f"{one_line(error)}"
            ) from error
        return found

    def _explain(self, name: str) -> str:
        text = f"unknown {self.role} {name!r}"
        if name == "default" and self._default is not None:
            return f"{text}; the default {self.role} is called {self._default}"
        near = difflib.get_close_matches(name, self._items, n=3)
        text += f"; did you mean {', '.join(near)}?" if near else "."
        text += f" Known: {', '.join(sorted(self._items)) or 'none'}."
        if name in self._bringers:
            text += f" To get it: pip install {self._bringers[name]}"
        return text

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._items))

    def __len__(self) -> int:
        return len(self._items)
