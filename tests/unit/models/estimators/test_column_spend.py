import numpy as np
import pytest

from models.estimators import ColumnSpend


def test_the_column_is_the_spend_and_never_negative() -> None:
    matrix = np.array([[5.0, 0.2], [5.0, -3.0], [5.0, np.nan]])
    fitted = ColumnSpend(1).fit(matrix, [1.0, 0.0, 1.0])
    assert fitted.predict(matrix).tolist() == [0.2, 0.0, 0.0]
    with pytest.raises(ValueError, match="no column 7 in X with 2"):
        ColumnSpend(7).fit(matrix, [1.0, 0.0, 1.0])
