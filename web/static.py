"""Scripts, styles and fonts: compressed beforehand, under addresses that change with their content.

An address is `/static/<fingerprint>/<package>/<path>`. The fingerprint stands before the path, so that a script
that loads another one from its own folder (Dash's lazy parts, the icons' font) names the right one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from web.compressed import ENCODINGS, Shelf, fingerprint

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/static/"
FOREVER = "public, max-age=31536000, immutable"
# An address of an earlier version, asked by a tab that was open meanwhile: the file as it is now.
SHORT = "public, max-age=60"
COMPRESSED = {".js", ".css", ".svg"}
SHARED = ("base.css", "tokens.css")

# Package to the files of it that a browser may ask for.
PACKAGES: dict[str, tuple[str, ...]] = {
    "dash": (
        "deps/polyfill@*.min.js",
        "deps/react@18*.min.js",
        "deps/react-dom@18*.min.js",
        "deps/prop-types@*.min.js",
        "dash-renderer/build/dash_renderer.min.js",
        "dcc/dash_core_components*.js",
        "dcc/async-*.js",
        "html/dash_html_components.min.js",
    ),
    "dash_bootstrap_components": ("_components/dash_bootstrap_components.min.js",),
    "dash_ag_grid": ("dash_ag_grid.min.js", "async-community.js"),
    "plotly": ("package_data/plotly.min.js",),
    "flask_bootstrap": (
        "static/bootstrap5/css/bootstrap.min.css",
        "static/bootstrap5/css/font/bootstrap-icons.min.css",
        "static/bootstrap5/css/font/fonts/bootstrap-icons.woff2",
    ),
}
# Lazy parts that nothing here uses: there for whoever does, but not worth compressing beforehand.
UNUSED = ("async-mathjax.js", "async-highlight.js", "async-markdown.js")
OWN = "lapwing"

BOOTSTRAP = "flask_bootstrap/static/bootstrap5/css/bootstrap.min.css"
ICONS = "flask_bootstrap/static/bootstrap5/css/font/bootstrap-icons.min.css"
ICONS_FONT = "flask_bootstrap/static/bootstrap5/css/font/fonts/bootstrap-icons.woff2"
GRID = "dash_ag_grid/dash_ag_grid.min.js"
GRID_PART = "dash_ag_grid/async-community.js"
PLOTLY = "plotly/package_data/plotly.min.js"
GRAPH = "dash/dcc/async-graph.js"
THEME = f"{OWN}/theme.js"
MARK = f"{OWN}/mark.svg"


# By ourselves: what a system's own table says of them differs from machine to machine.
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True)
class Source:
    """A file to serve: the path in its address after the fingerprint, what it holds, and that compressed."""

    name: str
    content: bytes
    copies: dict[str, bytes] = field(default_factory=dict)

    @property
    def package(self) -> str:
        return self.name.partition("/")[0]

    @cached_property
    def mark(self) -> str:
        return fingerprint(self.content)

    @property
    def compressible(self) -> bool:
        return Path(self.name).suffix in COMPRESSED and not self.name.endswith(UNUSED)


def package_sources() -> list[Source]:
    """The files of Dash, Bootstrap and plotly that pages load."""
    found = []
    for package, patterns in PACKAGES.items():
        # Found without being imported: what a package does on import is no business of its files.
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            continue
        root = Path(spec.origin).parent
        for pattern in patterns:
            found += [
                Source(f"{package}/{path.relative_to(root).as_posix()}", path.read_bytes())
                for path in sorted(root.glob(pattern))
            ]
    return found


def own_sources(folder: Path) -> list[Source]:
    """Our own files: `theme.js` and pictures each, the rest as one stylesheet and one script."""
    found_files = (path for path in folder.iterdir() if path.suffix in COMPRESSED)
    # What all pages share comes before what is a page's own.
    files = sorted(found_files, key=lambda path: (path.name not in SHARED, path.name))
    alone = [path for path in files if path.name == "theme.js" or path.suffix == ".svg"]
    found = [Source(f"{OWN}/{path.name}", path.read_bytes()) for path in alone]
    for suffix, glue in ((".css", b"\n"), (".js", b"\n;\n")):
        parts = [path.read_bytes() for path in files if path.suffix == suffix and path not in alone]
        found.append(Source(f"{OWN}/{OWN}{suffix}", glue.join(parts)))
    return found


class Static:
    """The files to serve, in memory, and their addresses."""

    def __init__(self, assets: Path, cache: Path) -> None:
        """`assets`: folder of our own files; `cache`: private folder for what is made of them."""
        sources = [*package_sources(), *own_sources(assets)]
        packages: dict[str, list[bytes]] = {}
        for source in sources:
            packages.setdefault(source.package, []).append(source.content)
        self._fingerprints = {package: fingerprint(*contents) for package, contents in packages.items()}
        copies = Shelf(cache).copies({one.mark: one.content for one in sources if one.compressible})
        self.sources = {one.name: replace(one, copies=copies.get(one.mark, {})) for one in sources}

    def url(self, name: str) -> str:
        """The address of a file, as `package/path`."""
        return f"{PREFIX}{self._fingerprints[name.partition('/')[0]]}/{name}"

    @property
    def own(self) -> list[str]:
        """The addresses of our own styles and scripts, in the order in which they are read; without `theme.js`."""
        names = [name for name in self.sources if name.startswith(f"{OWN}/") and name != THEME]
        return [self.url(name) for name in names if name.endswith((".css", ".js"))]

    def serve(self, application: WSGIApplication) -> WSGIApplication:
        """`application` with these files in front of it."""

        def served(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
            answers = environ.get("PATH_INFO", "").startswith(PREFIX)
            return (self.answer(Request(environ)) if answers else application)(environ, start_response)

        return served

    def answer(self, request: Request) -> Response:
        """The answer to a request for a file, in the best encoding that its browser reads."""
        if request.method not in ("GET", "HEAD"):
            return Response(status=405, headers={"Allow": "GET, HEAD", **HEADERS})
        # Dash answers any address with its page; a script that is a page would only be harder to understand.
        source = self.sources.get(request.path.removeprefix(PREFIX).partition("/")[2])
        if source is None:
            return Response(status=404, headers={"Cache-Control": "no-store", **HEADERS})
        encoding = request.accept_encodings.best_match([name for name in ENCODINGS if name in source.copies])
        content = source.copies[encoding] if encoding else source.content
        found = Response(content, content_type=TYPES.get(Path(source.name).suffix), headers=HEADERS)
        found.headers["Cache-Control"] = FOREVER if request.path == self.url(source.name) else SHORT
        if encoding:
            found.headers["Content-Encoding"] = encoding
        if source.copies:
            found.vary.add("Accept-Encoding")
        found.set_etag(f"{source.mark}-{encoding}" if encoding else source.mark)
        return found.make_conditional(request, accept_ranges=True, complete_length=len(content))


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
