import threading
from typing import Any

import numpy as np
import pytest

from models.crossfit import Split, fit_on_all, out_of_fold, run_all
from models.estimators import Logistic, predict_in_chunks


@pytest.fixture(scope="module")
def known() -> tuple[np.ndarray, np.ndarray, Split]:
    random = np.random.default_rng(3)
    matrix = random.normal(size=(1_200, 4))
    flag = (random.random(1_200) < 1 / (1 + np.exp(-matrix[:, 0]))).astype(float)
    trains = np.ones(1_200, dtype=bool)
    trains[:100] = False
    return matrix, flag, Split(np.arange(1_200) % 5, trains)


def test_predictions_of_a_fold_are_those_of_a_model_without_it(known: Any) -> None:
    matrix, flag, split = known
    found = out_of_fold({"logistic": Logistic}, matrix, flag, split, 2)["logistic"]
    rest = split.trains & (split.fold != 2)
    alone = predict_in_chunks(Logistic().fit(matrix[rest], flag[rest]), matrix[split.fold == 2])
    assert np.array_equal(found[split.fold == 2], alone)


def test_learners_for_serving_learn_from_the_training_sample(known: Any) -> None:
    matrix, flag, split = known
    fitted = fit_on_all({"logistic": Logistic}, matrix, {"logistic": flag}, split.trains, 1)["logistic"]
    alone = Logistic().fit(matrix[100:], flag[100:])
    assert np.array_equal(predict_in_chunks(fitted, matrix), predict_in_chunks(alone, matrix))


def test_tasks_answer_under_their_names_and_each_is_told() -> None:
    told: list[int] = []
    tasks = {str(number): lambda number=number: number * number for number in range(7)}
    assert run_all(tasks, 3, lambda: told.append(1)) == {str(number): number**2 for number in range(7)}
    assert len(told) == 7


def test_an_interrupted_run_starts_nothing_further() -> None:
    started: list[int] = []
    go_on = threading.Event()

    def task(number: int) -> int:
        started.append(number)
        if number:
            go_on.wait(20)
        return number

    def done() -> None:
        go_on.set()
        raise InterruptedError("cancelled")

    with pytest.raises(InterruptedError):
        run_all({str(number): lambda number=number: task(number) for number in range(50)}, 2, done)
    assert len(started) < 10
