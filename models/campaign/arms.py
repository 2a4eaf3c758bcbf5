"""Who gets the campaign and who is left out: drawn by chance that anybody can draw again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.errors import InputError

_WORDS: Final = 4


def held_out(customers: int, share: float) -> int:
    """How many of `customers` are left out at a holdout share (of one): at least one, never all.

    Raises `InputError` where there are not two customers to tell apart.
    """
    if customers < 2:
        told = "one customer" if customers == 1 else "nobody"
        raise InputError(
            f"There is {told} to divide into those who are contacted and those who are left out:"
            " choose at least two customers."
        )
    return min(max(round(share * customers), 1), customers - 1)


def arms(ids: Iterable[Any], share: float, seed: int) -> NDArray[np.bool_]:
    """Whom to treat, shape (n,): False for the `share` (of one) of customers that is held out.

    The customers with the lowest sha256 of "seed:id" are held out, exactly `held_out` of them, so that the
    draw depends on nothing but ids and seed, and a larger holdout contains a smaller one. `ids` are texts, or
    an Arrow column of them. Raises `InputError` for fewer than two customers or one that is there twice.
    """
    read = getattr(ids, "to_pylist", None)
    texts = [str(one) for one in (read() if read is not None else ids)]
    held = held_out(len(texts), share)
    start = hashlib.sha256(f"{seed}:".encode())
    digests = []
    for text in texts:
        one = start.copy()
        one.update(text.encode())
        digests.append(one.digest())
    drawn = np.frombuffer(b"".join(digests), dtype=">u8").reshape(-1, _WORDS)[:, 0].astype(np.uint64)
    order = np.argsort(drawn, kind="stable")
    same = np.flatnonzero(np.diff(drawn[order]) == 0)
    if len(same):
        raise InputError(
            f"Customer {texts[order[same[0]]]!r} is in the audience twice: each customer can be drawn only once."
        )
    treat = np.ones(len(texts), dtype=np.bool_)
    treat[order[:held]] = False
    return treat
