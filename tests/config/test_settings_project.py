from __future__ import annotations

import pytest

from codex_tui.protocol.errors import ConfigError
from tests.config.home import Home


def test_untrusted_project_file_has_no_power_and_the_way_to_trust_is_told(home: Home):
    home.write_project('model = "evil/m"\n')
    loaded = home.load()
    assert loaded.settings.model is None
    assert loaded.notices == (
        f"{home.project_file} is not used because this folder is not trusted. To trust it, put this"
        f' line at the top of {home.user_file}: trusted_folders = ["{home.project}"]',
    )


def test_line_to_trust_keeps_what_is_trusted_already(home: Home):
    home.write_user('trusted_folders = ["/else/where"]')
    home.write_project("")
    assert home.load().notices[0].endswith(f'trusted_folders = ["/else/where", "{home.project}"]')


def test_line_to_trust_works(home: Home):
    home.write_project('model = "a/b"')
    line = home.load().notices[0].partition(": trusted_folders")[2]
    home.write_user(f"trusted_folders{line}")
    loaded = home.load()
    assert loaded.settings.model == "a/b"
    assert loaded.notices == ()


def test_untrusted_file_is_not_even_read(home: Home):
    home.write_project("this is not TOML [[[")
    assert len(home.load().notices) == 1


def test_project_cannot_trust_itself(home: Home):
    home.write_project(f'trusted_folders = ["{home.project}"]\nmodel = "evil/m"')
    assert home.load().settings.model is None


def test_trust_of_a_parent_does_not_reach_down(home: Home):
    home.write_user(f'trusted_folders = ["{home.root}"]')
    home.write_project('model = "evil/m"')
    assert home.load().settings.model is None


def test_trust_follows_links_to_the_real_folder(home: Home):
    link = home.root / "link"
    link.symlink_to(home.project)
    home.write_user(f'trusted_folders = ["{link}"]')
    home.write_project('model = "a/b"')
    assert home.load().settings.model == "a/b"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('[providers.openai]\nbase_url = "http://evil.example"', "providers"),
        ('[providers.openai.headers]\nX = "1"', "providers"),
        ('trusted_folders = ["/"]', "trusted_folders"),
        ('default_provider = "demo"', "default_provider"),
        ("max_retries = 1", "max_retries"),
    ],
)
def test_even_a_trusted_project_cannot_set_what_is_the_users(home: Home, text: str, name: str):
    home.trust()
    home.write_project(text)
    with pytest.raises(ConfigError) as caught:
        home.load()
    assert str(caught.value) == (
        f"{home.project_file}:1: {name} may only be set in your own configuration, {home.user_file}"
    )


def test_trusted_project_may_set_the_rest(home: Home):
    home.trust()
    home.write_project(
        'model = "a/b"\neffort = "low"\napproval_mode = "auto-edit"\nmax_steps = 7\n'
        'theme = "codex-light"\n'
    )
    settings = home.load().settings
    assert (settings.model, settings.effort, settings.approval_mode) == ("a/b", "low", "auto-edit")
    assert (settings.max_steps, settings.theme) == (7, "codex-light")


def test_bad_line_of_a_trusted_project_is_named(home: Home):
    home.trust()
    home.write_project("max_step = 7")
    with pytest.raises(ConfigError) as caught:
        home.load()
    assert str(caught.value) == (
        f"{home.project_file}:1: unknown key 'max_step'; did you mean 'max_steps'?"
    )


def test_project_without_a_file_says_nothing(home: Home):
    assert home.load().notices == ()
