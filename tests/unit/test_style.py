"""The style sheets: one file of tokens, and rules made of nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "assets"
TOKENS = ASSETS / "tokens.css"
SHEETS = sorted(path for path in ASSETS.glob("*.css") if path != TOKENS)
SCRIPTS = sorted(ASSETS.glob("*.js"))
PYTHON = sorted(
    path for name in ("pages", "callbacks", "figures", "web") for path in (ROOT / name).rglob("*.py")
)

COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch)a?\(", re.I)
NAMED = re.compile(r"\b(?:white|black|red|green|blue|yellow|orange|grey|gray|silver|navy|teal)\b", re.I)
# Properties whose lengths are tokens; widths and heights are a layout's own.
SPACED = re.compile(r"^(?:margin|padding|gap|row-gap|column-gap)(?:-|$)")
SIZED = re.compile(r"^(?:font-size|border-radius|border-(?:top|bottom|start|end)-.*radius)$")
LENGTH = re.compile(r"(?<![\w-])-?\d*\.?\d+(?:px|rem)\b")
HAIR = {"1px", "-1px"}
TIME = re.compile(r"(?<![\w-])\d*\.?\d+m?s\b")
# Names that Bootstrap, its icons, the table, the charts and Dash give to their own parts.
FOREIGN = re.compile(
    r"^(?:ag-|bi$|bi-|btn|form-|modal|offcanvas|toast|input-group|nav-link|active$|show$|disabled$|js-plotly|plotly|modebar|_dash|svg-|main-svg|dash-graph|trace|xtick|annotation|slice|sankey|cursor-pointer)"
)


def plain(path: Path) -> str:
    """A style sheet without its comments."""
    return re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)


def declarations(path: Path) -> Iterator[tuple[str, str]]:
    """Property and value of each declaration of a style sheet."""
    for found in re.finditer(r"(?<=[{;\s])(--[\w-]+|[a-z-]+):\s*([^;{}]+?)\s*(?=[;}])", plain(path)):
        yield found[1], found[2]


def selectors(path: Path) -> Iterator[str]:
    """The selector lists of a style sheet, those inside media queries too."""
    for found in re.finditer(r"([^{};]+)\{", plain(path)):
        if not found[1].strip().startswith("@"):
            yield " ".join(found[1].split())


def defined() -> set[str]:
    return set(re.findall(r"(--lw-[\w-]+):", plain(TOKENS)))


def test_the_tokens_are_in_one_file_and_nothing_else_is() -> None:
    for name, _value in declarations(TOKENS):
        assert name.startswith("--lw-") or name == "color-scheme", name
    assert set(selectors(TOKENS)) == {':root, [data-bs-theme="light"]', '[data-bs-theme="dark"]'}
    for sheet in SHEETS:
        assert not re.findall(r"--lw-[\w-]+(?=:)", plain(sheet)), sheet


def test_every_token_that_is_used_is_there_and_every_one_that_is_there_is_used() -> None:
    text = "".join(map(plain, (TOKENS, *SHEETS))) + "".join(
        path.read_text(encoding="utf-8") for path in SCRIPTS
    )
    code = "".join(path.read_text(encoding="utf-8") for path in PYTHON)
    used = set(re.findall(r"var\((--lw-[\w-]+)\)", text + code))
    assert used - defined() == set()
    # Some are put together in the code: a segment's colour of its number, an outline of its colour's name.
    parts = {*re.findall(r'"([a-z-]+-)\{', code), *re.findall(r'\}(-[a-z-]+)"', code)}

    def named(token: str) -> bool:
        return f'"{token}"' in code or any(token.startswith(part) or token.endswith(part) for part in parts)

    assert sorted(name for name in defined() - used if not named(name.removeprefix("--lw-"))) == []


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_a_style_sheet_is_made_of_tokens(sheet: Path) -> None:
    raw: list[str] = []
    for name, value in declarations(sheet):
        said = f"{name}: {value}"
        lengths = set(LENGTH.findall(re.sub(r"(?:calc|min|clamp)\([^;]*\)", "", value))) - HAIR
        if COLOUR.search(value) or (NAMED.search(value) and "var(" not in value and name != "content"):
            raw.append(said)
        if (SPACED.match(name) or SIZED.match(name)) and lengths:
            raw.append(said)
        if (
            name in ("font-weight", "z-index")
            and re.fullmatch(r"-?\d+", value)
            and value not in ("400", "-1", "0")
        ):
            raw.append(said)
        if name.endswith("box-shadow") and COLOUR.search(value):
            raw.append(said)
        if name.startswith(("transition", "animation")) and set(TIME.findall(value)) - {
            "0s",
            "0ms",
            "0.01ms",
        }:
            raw.append(said)
    assert raw == []


def test_scripts_name_no_colour() -> None:
    for script in SCRIPTS:
        code = re.sub(r"//[^\n]*", "", script.read_text(encoding="utf-8"))
        assert not re.search(r"""["']#[0-9a-f]{3,8}["']|\brgba?\(""", code, re.I), script


def test_every_rule_is_for_something_that_a_page_makes() -> None:
    """A class is named in full by what makes pages, or as a beginning that a value is put behind."""
    code = "".join(path.read_text(encoding="utf-8") for path in (*PYTHON, *SCRIPTS))
    names = {
        name
        for sheet in SHEETS
        for chosen in selectors(sheet)
        for name in re.findall(r"\.([a-z_][\w-]*)", chosen, re.I)
    }
    beginnings = set(re.findall(r"([a-z][\w-]*-)\{", code))

    words = set(re.findall(r"[\w-]+", code))

    def made(name: str) -> bool:
        return (
            name in words or bool(FOREIGN.match(name)) or any(name.startswith(begun) for begun in beginnings)
        )

    assert sorted(name for name in names if not made(name)) == []


def test_no_two_style_sheets_dress_the_same_thing() -> None:
    """The same selector in two files would make their order matter."""
    owner: dict[str, Path] = {}
    twice: list[tuple[str, str, str]] = []
    for sheet in SHEETS:
        for chosen in {
            part.strip() for group in selectors(sheet) for part in re.split(r",(?![^(]*\))", group)
        }:
            if chosen in ("from", "to") or re.fullmatch(r"\d+%", chosen):
                continue
            if owner.setdefault(chosen, sheet) != sheet:
                twice.append((chosen, owner[chosen].name, sheet.name))
    assert twice == []


def test_what_a_part_holds_decides_on_named_parts_only() -> None:
    # `:has(…) > *` has the browser look at the whole page anew for each letter that a chart measures.
    wide = re.compile(r":has\((?:[^()]|\([^()]*\))*\)[^,{]*[\s>+~]\*")
    assert wide.search(".lw-table tr:has(> td > .btn) > *")
    assert [found for sheet in SHEETS for found in selectors(sheet) if wide.search(found)] == []
