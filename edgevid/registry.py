"""A registry: name → what was registered under it, with errors that help."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from edgevid.errors import DuplicatePluginError, UnknownPluginError

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """Names of one role. ``registry[name]`` raises with near names and a pip command."""

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
            default: Name of the item that is used where none is configured; for whoever writes
                "default" instead.
        """
        self.role = role
        self._default = default
        self._bringers = dict(bringers or {})
        self._items: dict[str, T] = {}
        self._origins: dict[str, str] = {}

    def add(self, name: str, item: T, *, origin: str) -> None:
        """Register ``item``; ``origin`` is the plugin it comes from."""
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
            return self._items[name]
        except KeyError:
            raise UnknownPluginError(self._explain(name)) from None

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
