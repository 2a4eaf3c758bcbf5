"""A small reckoner for the formulas of the workbooks Lapwing writes: change a cell and see what follows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl


class Workbook:
    """A workbook of Lapwing's: `value` works a cell out anew from what `change` has put in."""

    def __init__(self, path: Path) -> None:
        self.book = openpyxl.load_workbook(path)
        self.names = {name: found.attr_text for name, found in self.book.defined_names.items()}
        self._columns: dict[str, Any] = {}

    def change(self, name: str, value: Any) -> None:
        """Put `value` into the cell called `name`."""
        sheet, cell = self.names[name].replace("$", "").split("!")
        self.book[sheet][cell] = value
        self._columns.clear()

    def results(self) -> dict[str, Any]:
        """Value by label of every row of the summary that has a formula."""
        sheet = self.book["Summary"]
        return {
            row[0].value: self.value(row[1].coordinate)
            for row in sheet.iter_rows(min_col=1, max_col=2)
            if isinstance(row[1].value, str) and row[1].value.startswith("=")
        }

    def value(self, cell: str, sheet: str = "Summary") -> Any:
        """What a cell of a sheet shows."""
        found = self.book[sheet][cell.replace("$", "")].value
        return self._work_out(found[1:]) if isinstance(found, str) and found.startswith("=") else found

    def column(self, letter: str) -> Any:
        """The values of a column of the customers; their formulas are the same in every row."""
        if letter not in self._columns:
            sheet = self.book["Customers"]
            cells = [row[0].value for row in sheet[f"{letter}2" : f"{letter}{sheet.max_row}"]]
            first = str(cells[0])
            if first.startswith("="):
                rows = {re.sub(rf"(?<=[A-Z]){place}\b", "#", text) for place, text in enumerate(cells, 2)}
                assert len(rows) == 1, rows
                cells = self._work_out(re.sub(r"\b([A-Z])2\b", r"COLUMN_\1", first[1:]))
            self._columns[letter] = np.asarray(cells)
        return self._columns[letter]

    def _work_out(self, formula: str) -> Any:
        known: dict[str, Any] = {
            # A condition on a whole column decides for each row of it; any other decides once.
            "IF": lambda test, yes, no: np.where(test, yes, no) if np.ndim(test) else (yes if test else no),
            "AND": np.logical_and,
            "MAX": np.maximum,
            "MIN": np.minimum,
            "COUNT": len,
            "SUMPRODUCT": np.sum,
            "SUMIF": lambda about, most, values: values[about <= most].sum(),
            "ISNUMBER": lambda value: not isinstance(value, str),
        }

        def keep(kind: str, value: Any) -> str:
            name = f"{kind}_{len(known)}"
            known[name] = np.float64(value) if isinstance(value, int | float) else value
            return name

        # Only "<=" is ever asked of a SUMIF.
        code = re.sub(r'"([^"]*)"', lambda hit: keep("TEXT", hit[1]), formula.replace('"<="&', ""))
        code = re.sub(
            r"Customers!\$([A-Z])\$2:\$\1\$\d+", lambda hit: keep("RANGE", self.column(hit[1])), code
        )
        code = re.sub(r"COLUMN_([A-Z])\b", lambda hit: keep("RANGE", self.column(hit[1])), code)
        code = re.sub(r"\b[A-Z]\d+\b", lambda hit: keep("CELL", self.value(hit[0])), code)
        for name, place in self.names.items():
            code = re.sub(rf"\b{name}\b", lambda _, at=place: keep("INPUT", self._at(at)), code)
        code = re.sub(r"(?<![<>=])=(?!=)", "==", code)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = eval(code, {"__builtins__": {}}, known)  # formulas of our own
        return found.item() if isinstance(found, np.ndarray | np.generic) and found.ndim == 0 else found

    def _at(self, place: str) -> Any:
        sheet, cell = place.replace("$", "").split("!")
        return self.value(cell, sheet)
