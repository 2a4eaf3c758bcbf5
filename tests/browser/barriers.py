"""What keeps people out of a page: rules of axe, what lies beyond the screen, what is cut or too small to read."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

# Nothing may end beyond the screen but in a box that scrolls, no words may be cut, none be smaller than 11 px.
_FAULTS = """async () => {
  const look = () => {
    const found = [], width = document.documentElement.clientWidth;
    const told = (why, each) => found.push(why + ': ' + each.tagName + '.' + each.className + ' ' + each.textContent.trim().slice(0, 40));
    const scrolls = style => /auto|scroll/.test(style.overflowX) || style.position === 'fixed';
    if (document.documentElement.scrollWidth > width) { found.push('the page scrolls sideways'); }
    for (const each of document.querySelectorAll('body *')) {
      if (each.closest('.lw-sr, .visually-hidden, .lw-skip, .ag-root, svg, .offcanvas, #js-plotly-tester') || !each.checkVisibility()) { continue; }
      const box = each.getBoundingClientRect(), style = getComputedStyle(each);
      if (box.width < 2 || box.height < 2) { continue; }
      if (box.right > width + 1 || box.left < -1) {
        let at = each;
        while (at && !scrolls(getComputedStyle(at))) { at = at.parentElement; }
        if (!at) { told('beyond the screen', each); }
      }
      if (![...each.childNodes].some(node => node.nodeType === 3 && node.nodeValue.trim())) { continue; }
      if (parseFloat(style.fontSize) < 10.99) { told('too small', each); }
      const hides = /hidden|clip/.test(style.overflowX) && style.textOverflow !== 'ellipsis';
      if (hides && each.scrollWidth > each.clientWidth + 1) { told('cut', each); }
    }
    return found;
  };
  // A chart takes the new width a moment after its page has it.
  const end = performance.now() + 5000;
  let found;
  do {
    await new Promise(done => setTimeout(done, 50));
    found = look();
  } while (found.length && performance.now() < end);
  return found;
}"""


def violations(tab: Page, part: str = "", rules: tuple[str, ...] = RULES) -> list[tuple[str, list[str]]]:
    """Rules of axe that the page breaks, or its `part` (a selector), each with the places.

    The drawing of a chart is left out: it is named as a whole by its figure, and its colours are those of the theme.
    """
    # Through the debugging protocol, which the page's own script policy does not bind.
    if tab.evaluate("typeof window.axe") == "undefined":
        tab.evaluate(AXE.read_text(encoding="utf-8"))
    found = tab.evaluate(
        "([part, rules]) => axe.run({include: [part || 'html'], exclude: ['.main-svg']},"
        " {runOnly: rules, resultTypes: ['violations']})",
        [part, list(rules)],
    )
    return [(item["id"], [node["html"][:200] for node in item["nodes"]]) for item in found["violations"]]


def faults(tab: Page) -> list[str]:
    """What lies beyond the screen, is cut, or is too small to read, and stays so."""
    found: list[str] = tab.evaluate(_FAULTS)
    return found
