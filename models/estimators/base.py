"""What every estimator here shares: checked input, log-odds, and files in open formats.

Every estimator runs on one thread; several run side by side (see `crossfit`). So no sum is ever split
by thread, and the number of threads cannot change a digit.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Final, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

Floats = NDArray[np.float64]
PROB_FLOOR: Final = 1e-6
CHUNK: Final = 100_000
TWEEDIE_POWER: Final = 1.5


class Estimator(Protocol):
    """Learns from (matrix, target) and scores further rows: a scikit-learn estimator that has files."""

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from training rows; returns itself."""
        ...

    def predict(self, X: ArrayLike) -> Any:
        """Classes of a classifier, account currency of a regressor; shape (n,)."""
        ...

    def files(self) -> dict[str, bytes]:
        """The fitted model as {file ending: content}."""
        ...

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The model that `files` describe; raises ValueError where they are damaged."""
        ...


def to_json(value: Any) -> bytes:
    """JSON bytes with sorted keys: the same value always gives the same bytes."""
    return (json.dumps(value, sort_keys=True, allow_nan=False, indent=1) + "\n").encode()


def bounded_logit(probability: Floats) -> Floats:
    """Log-odds of probabilities kept off 0 and 1."""
    return np.asarray(logit(np.clip(probability, PROB_FLOOR, 1.0 - PROB_FLOOR)), dtype=np.float64)


def losses_of_log_odds(flag: Floats, log_odds: Floats) -> Floats:
    """Log loss of each row, shape (n,)."""
    return np.asarray(np.logaddexp(0.0, log_odds) - flag * log_odds, dtype=np.float64)


def smoothed_share(flag: Floats) -> float:
    """Share of ones with half a customer of each kind added: never 0 or 1, which have no log-odds."""
    return float((flag.sum() + 0.5) / (len(flag) + 1.0))


def numbers(values: Any, size: int | None = None) -> Floats:
    """A list of finite numbers read from a file, shape (size,); raises ValueError if it is none."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not np.isfinite(array).all() or (size is not None and len(array) != size):
        raise ValueError(f"a list of {'' if size is None else f'{size} '}numbers is not what it should be")
    return array


class Saved(BaseEstimator, ABC):
    """An estimator of checked rows whose learned numbers can be written to and read from files.

    Subclasses name them in `_state` and take them back in `_restore`; trees are in their library's own text.
    """

    # scikit-learn's tag: what it scores says nothing of how well it learns (see the subclass).
    _poor_score: ClassVar = False
    _fewest_rows: ClassVar = 1
    n_features_in_: int

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[no-untyped-call]  # of a mixin that has no types
        tags.input_tags.allow_nan = True
        return tags

    def _rows(self, X: ArrayLike) -> Floats:
        """Rows to score, shape (n, n_features_in_); raises ValueError where they do not fit the training."""
        check_is_fitted(self)
        return np.asarray(
            validate_data(self, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan"),
            dtype=np.float64,
        )

    def _names(self, features: tuple[str, ...], columns: tuple[int, ...] | None = None) -> list[str]:
        """Names of the columns learned from, as given or by position."""
        names = list(features) or [f"x{position}" for position in range(self.n_features_in_)]
        if len(names) != self.n_features_in_:
            raise ValueError(f"There are {len(names)} names for X with {self.n_features_in_} feature(s).")
        return names if columns is None else [names[column] for column in columns]

    def _one_of(self, column: int) -> None:
        if not 0 <= column < self.n_features_in_:
            raise ValueError(f"There is no column {column} in X with {self.n_features_in_} feature(s).")

    def _chosen(self, matrix: Floats, columns: tuple[int, ...] | None) -> Floats:
        if columns is None:
            return matrix
        for column in columns:
            self._one_of(column)
        return matrix[:, list(columns)]

    def _width(self, columns: tuple[int, ...] | None) -> int:
        return self.n_features_in_ if columns is None else len(columns)

    def _state(self) -> dict[str, Any]:
        """The learned numbers as plain JSON values."""
        return {}

    def _restore(self, state: Mapping[str, Any]) -> None:
        """Take the learned numbers back; whatever is amiss may raise KeyError, TypeError or ValueError."""

    def _trees(self) -> dict[str, bytes]:
        """The library's own text, {file ending: content}."""
        return {}

    def _plant(self, trees: bytes) -> None:
        """Take the library's own text back."""

    def _about(self) -> dict[str, Any]:
        return {}

    def files(self) -> dict[str, bytes]:
        """{"json": settings and learned numbers}, and the trees of boosting in their library's own text."""
        check_is_fitted(self)
        trees = self._trees()
        about = {
            "estimator": type(self).__name__,
            "params": self.get_params(deep=False),  # type: ignore[no-untyped-call]  # as above
            "columns": self.n_features_in_,
            "learned": self._state(),
            "trees": {ending: hashlib.sha256(data).hexdigest() for ending, data in trees.items()},
            **self._about(),
        }
        return {"json": to_json(about), **trees}

    @classmethod
    def from_files(cls, files: Mapping[str, bytes]) -> Self:
        """The estimator that `files` describe; raises ValueError where they are missing or damaged."""
        try:
            about = json.loads(files["json"])
            if about["estimator"] != cls.__name__:
                raise ValueError(f"the files are of {about['estimator']!r}")
            params = about["params"]
            one = cls(**{name: tuple(v) if isinstance(v, list) else v for name, v in params.items()})
            one.n_features_in_ = int(about["columns"])
            one._restore_about(about)
            one._restore(about["learned"])
            for ending, digest in about["trees"].items():
                # The libraries' own readers may crash on damaged text, so it does not reach them.
                if hashlib.sha256(files[ending]).hexdigest() != digest:
                    raise ValueError(f"the content of .{ending} has changed since it was written")
                one._plant(files[ending])
        except KeyError as error:
            raise ValueError(f"The files of a {cls.__name__} model lack {error}.") from error
        except (TypeError, AttributeError, IndexError, ValueError) as error:
            raise ValueError(f"The files of a {cls.__name__} model are damaged: {error}.") from error
        return one

    def _restore_about(self, about: Mapping[str, Any]) -> None:
        """Take back what kinds of estimators add to the file."""


class LogOdds(ClassifierMixin, Saved):
    """A classifier of two classes by log-odds; it also learns where only one class occurs.

    Subclasses learn in `_learn(matrix, flag)` and score in `_log_odds(matrix)`.
    """

    classes_: NDArray[Any]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[no-untyped-call]  # as above
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.poor_score = self._poor_score
        return tags

    @abstractmethod
    def _learn(self, matrix: Floats, flag: Floats) -> None:
        """Learn from checked rows, shape (n, m), and flags of 0 and 1."""

    @abstractmethod
    def _log_odds(self, matrix: Floats) -> Floats:
        """Log-odds of checked rows, shape (n,)."""

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from rows of shape (n, m) and two classes of shape (n,), the second of which is predicted.

        Of a single class a number above 0 counts as the second.
        """
        matrix, target = validate_data(
            self,
            X,
            y,
            dtype=np.float64,
            ensure_all_finite="allow-nan",
            ensure_min_samples=self._fewest_rows,
        )
        check_classification_targets(target)
        self.classes_, codes = np.unique(target, return_inverse=True)
        if len(self.classes_) > 2:
            kind = type_of_target(target)
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        flag = codes.astype(np.float64)
        if len(self.classes_) == 1:
            only = self.classes_[0]
            flag += float(np.issubdtype(self.classes_.dtype, np.number) and only > 0)
        self._learn(matrix, flag)
        return self

    def decision_function(self, X: ArrayLike) -> Floats:
        """Log-odds of the second class, shape (n,)."""
        return self._log_odds(self._rows(X))

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Probabilities of `classes_`, shape (n, number of classes)."""
        log_odds = self.decision_function(X)
        if len(self.classes_) == 1:
            return np.ones((len(log_odds), 1))
        return np.column_stack([expit(-log_odds), expit(log_odds)])

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The likelier class, shape (n,)."""
        log_odds = self.decision_function(X)
        if len(self.classes_) == 1:
            return np.repeat(self.classes_, len(log_odds))
        return np.asarray(self.classes_[(log_odds > 0).astype(np.intp)])

    def _about(self) -> dict[str, Any]:
        return {"classes": self.classes_.tolist()}

    def _restore_about(self, about: Mapping[str, Any]) -> None:
        self.classes_ = np.asarray(about["classes"])
        if self.classes_.ndim != 1 or not 1 <= len(self.classes_) <= 2:
            raise ValueError("there must be one or two classes")


class Currency(RegressorMixin, Saved):
    """A regressor of spend; subclasses learn in `_learn(matrix, spend)` and score in `_spend(matrix)`."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[no-untyped-call]  # as above
        tags.regressor_tags.poor_score = self._poor_score
        return tags

    @abstractmethod
    def _learn(self, matrix: Floats, spend: Floats) -> None:
        """Learn from checked rows, shape (n, m), and net spends."""

    @abstractmethod
    def _spend(self, matrix: Floats) -> Floats:
        """Expected spend of checked rows, shape (n,), account currency."""

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from rows of shape (n, m) and net spends of shape (n,), account currency."""
        matrix, target = validate_data(
            self, X, y, dtype=np.float64, ensure_all_finite="allow-nan", y_numeric=True
        )
        self._learn(matrix, np.asarray(target, dtype=np.float64))
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Expected spend, shape (n,), account currency, never negative."""
        return self._spend(self._rows(X))
