"""Cross-fitting: every customer is scored by models that never saw that customer's outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models.candidates import Candidate
from models.estimators import LEARNERS, Estimator, predict_in_chunks

Floats = NDArray[np.float64]
Makers = Mapping[str, Callable[[], Estimator]]
T = TypeVar("T")


def makers_of(candidates: Sequence[Candidate], seed: int, *, tune: bool) -> Makers:
    """What makes a fresh learner, for each that the candidates are put together from."""
    return {name: partial(LEARNERS[name], seed, tune) for one in candidates for name in one.learners}


@dataclass(frozen=True)
class Split:
    """How customers are divided: the fold of each, and who is in the training sample; shapes (n,)."""

    fold: NDArray[np.int64]
    trains: NDArray[np.bool_]

    def parts(self) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """(training rows, scored rows) of each fold."""
        return [
            (np.flatnonzero(self.trains & (self.fold != k)), np.flatnonzero(self.fold == k))
            for k in range(int(self.fold.max(initial=-1)) + 1)
        ]


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
    makers: Makers,
    matrix: Floats,
    target: Floats,
    split: Split,
    threads: int,
    done: Callable[[], None] = lambda: None,
) -> dict[str, Floats]:
    """Out-of-fold predictions of each learner, shape (n,).

    Fold k is scored by a model of the customers of the other folds that are in the training sample.
    """
    predictions = {name: np.zeros(len(target)) for name in makers}

    def task(name: str, train: NDArray[np.int64], test: NDArray[np.int64]) -> Callable[[], None]:
        def run() -> None:
            if len(test):
                learner = makers[name]().fit(matrix[train], target[train])
                predictions[name][test] = predict_in_chunks(learner, matrix[test])

        return run

    parts = split.parts()
    tasks = {
        f"{name} {k}": task(name, train, test) for name in makers for k, (train, test) in enumerate(parts)
    }
    run_all(tasks, threads, done)
    return predictions


def fit_on_all(
    makers: Makers,
    matrix: Floats,
    targets: Mapping[str, Floats],
    trains: NDArray[np.bool_],
    threads: int,
    done: Callable[[], None] = lambda: None,
) -> dict[str, Estimator]:
    """Each learner fitted on all customers of the training sample."""
    rows = matrix[trains] if not trains.all() else matrix

    def task(name: str) -> Callable[[], Estimator]:
        return lambda: makers[name]().fit(rows, targets[name][trains])

    return run_all({name: task(name) for name in makers}, threads, done)
