"""Answers that many ask for: worked out once, kept while they are used."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Kept:
    """The last `most` answers by key (0: all of them); safe to use from many threads.

    Who asks for the same at the same time waits for the one answer. What fails is not kept.
    """

    def __init__(self, most: int = 0) -> None:
        self._most = most
        self._shelf: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, ask: Callable[[], T]) -> T:
        """The answer kept under `key`, asked for where there is none; raises what `ask` raises."""
        with self._lock:
            found: Future[T] | None = self._shelf.get(key)
            mine: Future[T] = Future()
            self._shelf[key] = found or mine
            self._shelf.move_to_end(key)
            if self._most and len(self._shelf) > self._most:
                self._shelf.popitem(last=False)
        if found is not None:
            return found.result()
        try:
            mine.set_result(ask())
        except BaseException as error:
            with self._lock:
                self._shelf.pop(key, None)
            mine.set_exception(error)
        return mine.result()

    def __contains__(self, key: Hashable) -> bool:
        """Whether an answer is kept under `key`, or on its way."""
        with self._lock:
            return key in self._shelf
