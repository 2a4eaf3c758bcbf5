"""Component trees as HTML: what Dash's scripts would make of them, without the scripts.

Links work. Controls are disabled until the scripts have put the real ones in their place. Everything is escaped:
text, attributes, addresses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from html import escape
from typing import Any, Final

from dash.development.base_component import Component

Attributes = dict[str, Any]

VOID: Final = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
# Elements that would act by themselves.
NEVER: Final = frozenset({"script", "iframe", "objectel", "embed", "base", "meta", "link", "style"})
CONTROLS: Final = frozenset({"button", "input", "select", "textarea"})
RENAMED: Final = {"className": "class", "htmlFor": "for"}
# Properties of Dash and React that are no attributes; the counting of numbers is for numbers that come later.
SILENT: Final = frozenset(
    {"children", "key", "n_clicks", "n_clicks_timestamp", "disable_n_clicks", "loading_state", "setProps"}
    | {"data-countup", "persistence", "persisted_props", "persistence_type", "n_blur", "n_submit", "debounce"}
)
SPOKEN: Final = ("aria-", "data-")
SAFE_NAME: Final = re.compile(r"[a-z][a-z0-9-]*")
UNSAFE_ADDRESS: Final = re.compile(r"^[\s\x00-\x20]*(javascript|vbscript|data):", re.IGNORECASE)
UNITLESS: Final = frozenset(
    {"flex", "flexGrow", "flexShrink", "fontWeight", "lineHeight", "opacity", "order", "zIndex", "zoom"}
)


class Renderer:
    """Makes HTML of components for one request."""

    def __init__(
        self, path: str, filled: Mapping[str, Mapping[str, Any]], omitted: Collection[str] = ()
    ) -> None:
        """`path`: the page's path, for the link that is marked as open.

        `filled` gives other properties to components, by their id: those whose content it gives are marked with
        `data-first="content"`, those that it shows with `data-first="shown"`. `omitted` are ids to leave out.
        """
        self.path = path
        self.filled = filled
        self.omitted = omitted

    def html(self, node: Any) -> str:
        """The HTML of a component, a text, a number, or a list of these."""
        if node is None or isinstance(node, bool):
            return ""
        if isinstance(node, list | tuple):
            return "".join(map(self.html, node))
        if not isinstance(node, Component):
            return escape(str(node))
        props = {name: getattr(node, name) for name in node.to_plotly_json()["props"]}
        key = str(props.get("id"))
        if key in self.omitted:
            return ""
        if other := self.filled.get(key):
            props |= other
            content = "children" in other or "options" in other
            mark = "content" if content else "shown" if other.get("hidden") is False else None
            props["data-first"] = mark
        space = str(getattr(node, "_namespace", ""))
        if space == "dash_html_components":
            return self._element(str(node._type).lower(), props)
        made = PARTS.get(f"{space}.{node._type}")
        return made(self, props) if made is not None else self._frame(props)

    def _element(self, tag: str, props: Attributes, inner: str | None = None) -> str:
        if tag in NEVER:
            return ""
        if tag in CONTROLS:
            props = {**props, "disabled": True}
        opened = f"<{tag}{attributes(props)}>"
        if tag in VOID:
            return opened
        return f"{opened}{self.html(props.get('children')) if inner is None else inner}</{tag}>"

    def _frame(self, props: Attributes) -> str:
        kept = {name: props[name] for name in ("id", "className", "style") if props.get(name)}
        return self._element("div", kept, "")

    def _link(self, props: Attributes) -> str:
        return self._element(
            "a", {**_only(props), "href": props.get("href")}, self.html(props.get("children"))
        )

    def _nav_link(self, props: Attributes) -> str:
        href, active = props.get("href"), props.get("active")
        here = active is True or (active == "exact" and href == self.path)
        found = {**_only(props, "nav-link", "active" if here else ""), "href": href}
        return self._element("a", found, self.html(props.get("children")))

    def _button(self, props: Attributes) -> str:
        colour = f"btn-{'outline-' if props.get('outline') else ''}{props.get('color') or 'primary'}"
        size = f"btn-{props['size']}" if props.get("size") else ""
        found = _only(props, "btn", colour, size)
        if props.get("href"):
            return self._element("a", {**found, "href": props["href"]}, self.html(props.get("children")))
        return self._element("button", {**found, "type": "button"}, self.html(props.get("children")))

    def _select(self, props: Attributes) -> str:
        value, options = props.get("value"), props.get("options") or []
        lines = [
            self._element("option", {"value": "", "disabled": True, "selected": not value}, escape(text))
            for text in [str(props.get("placeholder") or "")]
            if text
        ]
        lines += [
            self._element(
                "option",
                {"value": one.get("value"), "selected": one.get("value") == value},
                escape(str(one.get("label", ""))),
            )
            for one in (
                item if isinstance(item, Mapping) else {"value": item, "label": item} for item in options
            )
        ]
        size = f"form-select-{props['size']}" if props.get("size") else ""
        return self._element("select", _only(props, "form-select", size), "".join(lines))

    def _input(self, props: Attributes) -> str:
        kind = props.get("type") or "text"
        base = {"range": "form-range", "checkbox": "form-check-input"}.get(kind, "form-control")
        names = ("type", "value", "placeholder", "min", "max", "step", "name")
        found = {**_only(props, base), **{name: props[name] for name in names if name in props}}
        return self._element("input", found)

    def _choices(self, kind: str, props: Attributes) -> str:
        value, shared = props.get("value"), props.get("id")
        inline = "form-check-inline" if props.get("inline") else ""
        parts = []
        for place, item in enumerate(props.get("options") or [], 1):
            option = item if isinstance(item, Mapping) else {"value": item, "label": item}
            key = option.get("input_id") or f"_dbcprivate_{kind}_{shared}_input_{option.get('value')}"
            chosen = (
                option.get("value") == value if kind == "radioitems" else option.get("value") in (value or [])
            )
            box = {
                "id": key,
                "type": "radio" if kind == "radioitems" else "checkbox",
                "checked": chosen,
                "name": f"first-{shared}-{place if kind != 'radioitems' else 0}",
                "className": classes_of(props.get("inputClassName"), "form-check-input"),
            }
            chosen_class = props.get("labelCheckedClassName") if chosen else ""
            label = {
                "htmlFor": key,
                "className": classes_of(props.get("labelClassName"), "form-check-label", chosen_class),
            }
            inner = self._element("input", box) + self._element(
                "label", label, self.html(option.get("label"))
            )
            parts.append(self._element("div", {"className": classes_of("form-check", inline)}, inner))
        return self._element("div", _only(props), "".join(parts))


def _nothing(_renderer: Renderer, _props: Attributes) -> str:
    return ""


def _shown_when_open(renderer: Renderer, props: Attributes) -> str:
    return renderer.html(props.get("children")) if props.get("is_open") else ""


def _through(renderer: Renderer, props: Attributes) -> str:
    return renderer.html(props.get("children"))


_DBC, _DCC = "dash_bootstrap_components", "dash_core_components"
PARTS: dict[str, Callable[[Renderer, Attributes], str]] = {
    **{
        f"{_DCC}.{name}": _nothing
        for name in ("Store", "Location", "Interval", "Download", "Tooltip", "Upload")
    },
    **{f"{_DBC}.{name}": _nothing for name in ("Tooltip", "Popover", "Modal", "Offcanvas", "Toast")},
    f"{_DCC}.Link": Renderer._link,
    f"{_DCC}.Loading": _through,
    f"{_DBC}.NavLink": Renderer._nav_link,
    f"{_DBC}.Button": Renderer._button,
    f"{_DBC}.Select": Renderer._select,
    f"{_DBC}.Input": Renderer._input,
    f"{_DBC}.Collapse": _shown_when_open,
    f"{_DBC}.RadioItems": lambda renderer, props: renderer._choices("radioitems", props),
    f"{_DBC}.Checklist": lambda renderer, props: renderer._choices("checklist", props),
}


def _only(props: Attributes, *classes: str) -> Attributes:
    """The attributes that any element may have, with these classes beside its own."""
    plain = ("id", "style", "title", "role", "hidden", "tabIndex")
    found = {name: value for name, value in props.items() if name in plain or name.startswith(SPOKEN)}
    named = classes_of(props.get("className"), props.get("class_name"), *classes)
    return {**found, "className": named} if named else found


def classes_of(*names: Any) -> str:
    """Class names, those that there are."""
    return " ".join(str(name) for name in names if name)


def attributes(props: Attributes) -> str:
    """The attributes of an element, escaped, each with a space before it."""
    found = []
    # Dash keeps the spoken ones in no order; the same tree is the same page.
    for name, given in sorted(props.items(), key=lambda each: each[0] if each[0].startswith(SPOKEN) else ""):
        value = given
        if name in SILENT or value is None:
            continue
        attribute = RENAMED.get(name, name.lower())
        if not SAFE_NAME.fullmatch(attribute) or attribute.startswith("on"):
            continue
        spoken = attribute.startswith(SPOKEN)
        if attribute in ("href", "src") and UNSAFE_ADDRESS.match(str(value)):
            continue
        if attribute == "style":
            value = style_of(value)
        elif attribute == "id" and isinstance(value, Mapping):
            continue
        elif isinstance(value, bool) and not spoken:
            if value:
                found.append(f" {attribute}")
            continue
        elif isinstance(value, bool):
            value = str(value).lower()
        elif not isinstance(value, str | int | float):
            continue
        found.append(f' {attribute}="{escape(str(value), quote=True)}"')
    return "".join(found)


def style_of(style: Mapping[str, Any]) -> str:
    """React's style as CSS: names with hyphens, numbers in pixels where a length is meant."""
    lines = []
    for name, value in style.items():
        if value is None or isinstance(value, bool):
            continue
        plain = isinstance(value, str) or name in UNITLESS or name.startswith("--") or value == 0
        hyphened = name if name.startswith("--") else re.sub(r"([A-Z])", r"-\1", name).lower()
        lines.append(f"{hyphened}:{value}{'' if plain else 'px'}")
    return ";".join(lines)
