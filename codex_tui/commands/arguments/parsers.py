"""Which commands there are, and the parser that each is read and explained with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_tui.commands.arguments import conversation, keeping

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

SCREEN = ""
EXEC_RESUME = "exec resume"

PARSERS: Mapping[str, Callable[[], argparse.ArgumentParser]] = {
    SCREEN: conversation.screen_parser,
    "exec": conversation.exec_parser,
    EXEC_RESUME: conversation.exec_resume_parser,
    "resume": conversation.resume_parser,
    "models": keeping.models_parser,
    "sessions": keeping.sessions_parser,
    "usage": keeping.usage_parser,
    "login": keeping.login_parser,
    "logout": keeping.logout_parser,
    "config": keeping.config_parser,
    "apply-patch": keeping.apply_patch_parser,
    "help": keeping.help_parser,
}
"""The first words that are commands; anything else is a prompt for the screen."""
