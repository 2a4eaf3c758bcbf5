import numpy as np
import pytest

from models.estimators import ColumnProbability


def test_the_column_is_the_probability() -> None:
    matrix = np.array([[5.0, 0.2], [5.0, 0.9], [5.0, np.nan]])
    fitted = ColumnProbability(1).fit(matrix, [1.0, 0.0, 1.0])
    assert fitted.predict_proba(matrix)[:, 1] == pytest.approx([0.2, 0.9, 0.5])
    assert fitted.predict(matrix).tolist() == [0.0, 1.0, 0.0]
    with pytest.raises(ValueError, match="no column 2 in X with 2"):
        ColumnProbability(2).fit(matrix, [1.0, 0.0, 1.0])
