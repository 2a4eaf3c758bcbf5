"""Columns of a result file are recognised by their names and values; what is open is asked."""

from __future__ import annotations

import pytest

from data.errors import InputError
from jobs.readout_columns import (
    Column,
    Roles,
    control_of,
    control_question,
    is_control,
    recognised,
    role_question,
)


def column(name: str, *values: str, number: bool = False, few: bool = True) -> Column:
    return Column(name, values[:3], tuple((value, 10) for value in values) if few else (), 100, number)


ARM = column("Group", "Treat", "Control")
SPEND = column("Net spend", "0", "12.50", number=True, few=False)
AGE = column("age", "31", "44", number=True, few=False)


def test_names_of_columns_tell_their_roles() -> None:
    ids = column("customer_id", "a", "b", few=False)
    bought = column("Converted", "0", "1", number=True)
    before = column("pred_spend", "1.5", number=True, few=False)
    found = recognised([ids, AGE, ARM, bought, SPEND, before], Roles())
    assert found == Roles("Group", "Net spend", "customer_id", "Converted", "pred_spend", "")


def test_what_is_chosen_stands_and_empty_leaves_a_role_out() -> None:
    before = column("history", "1.5", number=True, few=False)
    found = recognised([ARM, SPEND, AGE, before], Roles(spend="age", covariate=""))
    assert (found.spend, found.covariate, found.arm, found.customer_id) == ("age", "", "Group", "")


def test_of_two_columns_with_names_of_arms_the_one_with_a_control_is_taken() -> None:
    kinds = column("group", "VIP", "New", "Old")
    assert recognised([kinds, column("segment", "Mens E-Mail", "No E-Mail"), SPEND], Roles()).arm == "segment"


def test_an_arm_under_another_name_is_known_by_its_control() -> None:
    assert recognised([AGE, column("was auch immer", "Angebot", "Kontrollgruppe"), SPEND], Roles()).arm == (
        "was auch immer"
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Control", True),
        ("control_group", True),
        ("hold-out", True),
        ("Holdout", True),
        ("No E-Mail", True),
        ("None", True),
        ("0", True),
        ("kein Angebot", True),
        ("Mens E-Mail", False),
        ("Notified", False),
        ("treat", False),
        ("1", False),
    ],
)
def test_controls_go_by_many_names(name: str, *, expected: bool) -> None:
    assert is_control(name) is expected


def test_the_control_is_told_only_where_one_arm_is_named_so() -> None:
    assert control_of(ARM) == "Control"
    assert control_of(column("x", "control", "holdout", "treat")) is None
    assert control_of(column("x", "a", "b")) is None


def test_questions_name_their_choices() -> None:
    asked = role_question("r.csv", "spend", [ARM, SPEND, AGE])
    assert [value for value, _ in asked.choices] == ["Net spend", "age"]
    assert asked.key == "spend"
    control = control_question("r.csv", ARM)
    assert (control.key, [value for value, _ in control.choices]) == ("control", ["Treat", "Control"])


def test_a_file_without_arms_is_refused_in_words() -> None:
    with pytest.raises(InputError, match=r"r\.csv has no column with two to 12 different values"):
        role_question("r.csv", "arm", [SPEND])


def test_a_column_that_is_not_there_or_chosen_twice_is_named() -> None:
    with pytest.raises(InputError, match="There is no column 'x' for what each customer spent"):
        recognised([ARM, SPEND], Roles(spend="x"))
    with pytest.raises(InputError, match="'Group' is chosen twice"):
        recognised([ARM, SPEND], Roles(spend="Group", arm="Group"))
    with pytest.raises(InputError, match="'colour' is no role"):
        Roles.of({"colour": "x"})
