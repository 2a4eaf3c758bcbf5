"""Cross-fitting: every customer is scored by models that never saw that customer's outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models.learners import Learner, predict_in_chunks

Floats = NDArray[np.float64]
LearnerFactory = Callable[[int], Learner]


@dataclass(frozen=True)
class Candidate:
    """One way to predict: the mean of its learners, on their own scale. `complexity` orders ties."""

    name: str
    label: str
    complexity: int
    learners: tuple[str, ...]


T = TypeVar("T")


def run_all(tasks: Mapping[str, Callable[[], T]], threads: int, done: Callable[[], None]) -> dict[str, T]:
    """Run tasks side by side on `threads` threads; `done` is called in this thread after each.

    An exception from `done` (a cancelled job) starts nothing further and is passed on.
    """
    results: dict[str, T] = {}
    with ThreadPoolExecutor(threads) as pool:
        names: dict[Future[T], str] = {pool.submit(task): name for name, task in tasks.items()}
        open_tasks = set(names)
        try:
            while open_tasks:
                finished, open_tasks = wait(open_tasks, return_when=FIRST_COMPLETED)
                for future in finished:
                    results[names[future]] = future.result()
                    done()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return {name: results[name] for name in tasks}


def out_of_fold(
    factories: Mapping[str, LearnerFactory],
    matrix: Floats,
    target: Floats,
    fold: NDArray[np.int64],
    trains: NDArray[np.bool_],
    seed: int,
    threads: int,
    done: Callable[[], None] = lambda: None,
) -> dict[str, Floats]:
    """Out-of-fold predictions of each learner, shape (n,).

    Fold k is scored by a model of the customers of the other folds that are in `trains`.
    """
    predictions = {name: np.zeros(len(target)) for name in factories}
    parts = [(np.flatnonzero(trains & (fold != k)), np.flatnonzero(fold == k)) for k in range(fold.max() + 1)]

    def task(name: str, train: NDArray[np.int64], test: NDArray[np.int64]) -> Callable[[], None]:
        def run() -> None:
            if len(test):
                learner = factories[name](seed).fit(matrix[train], target[train])
                predictions[name][test] = predict_in_chunks(learner, matrix[test])

        return run

    tasks = {
        f"{name} {k}": task(name, train, test) for name in factories for k, (train, test) in enumerate(parts)
    }
    run_all(tasks, threads, done)
    return predictions
