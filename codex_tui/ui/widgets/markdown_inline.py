"""The words of a markdown block as runs: emphasis, code, links with their real targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.ui.widgets.rows import Run
from codex_tui.ui.widgets.wrapping import flat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

_OPENED = {"strong_open": "strong", "em_open": "emphasis", "s_open": "strike"}
_CLOSED = {"strong_close": "strong", "em_close": "emphasis", "s_close": "strike"}


def inline_runs(tokens: Sequence[Token], role: str = "") -> list[Run]:
    """Turn inline tokens into runs; a line feed in a run is a line break the writer asked for.

    Every text is cleaned here, behind the parser, because entities become characters in it.
    """
    runs: list[Run] = []
    roles = [role] if role else []
    link: tuple[str, int] | None = None
    for token in tokens:
        kind = token.type
        if kind == "text":
            _add(runs, token.content, roles)
        elif kind in _OPENED:
            roles.append(_OPENED[kind])
        elif kind in _CLOSED:
            roles.remove(_CLOSED[kind])
        elif kind == "code_inline":
            _add(runs, token.content, [*roles, "code-inline"])
        elif kind == "softbreak":
            _add(runs, " ", roles)
        elif kind == "hardbreak":
            runs.append(Run("\n"))
        elif kind == "link_open":
            link = (str(token.attrs.get("href", "")), len(runs))
            roles.append("link")
        elif kind == "link_close" and link is not None:
            roles.remove("link")
            _add_target(runs, link[0], link[1], roles)
            link = None
        elif kind == "image":
            _add(runs, f"[image: {token.content}]", [*roles, "muted"])
            _add(runs, f" ({token.attrs.get('src', '')})", [*roles, "muted"])
        else:
            _add(runs, token.content, [*roles, "muted"] if kind == "html_inline" else roles)
    return runs


def _add(runs: list[Run], text: str, roles: list[str]) -> None:
    if text:
        runs.append(Run(flat(text).replace("\n", " "), " ".join(roles)))


def _add_target(runs: list[Run], target: str, since: int, roles: list[str]) -> None:
    """Show where a link leads unless its words already say so."""
    words = "".join(run.text for run in runs[since:])
    if target and target not in {words, f"mailto:{words}", f"http://{words}"}:
        _add(runs, f" ({target})", [*roles, "muted"])
