"""Settings become endpoints, and the first model is the one a user would expect."""

import asyncio

import pytest

from codex_tui.composition.assembly import Assembly
from codex_tui.composition.endpoints import endpoints
from codex_tui.config.credentials import Credentials
from codex_tui.config.settings import load
from codex_tui.config.state import StateFile
from codex_tui.protocol.models import Effort, ModelRef
from codex_tui.providers.presets import compat_of


@pytest.fixture
def home(isolated_environment):
    (isolated_environment / "config").mkdir()
    return isolated_environment


def loaded(tmp_path, **flags):
    return load(project=tmp_path, flags=flags)


def chosen(tmp_path, **flags) -> tuple[str, object] | None:
    assembly = Assembly(loaded(tmp_path, **flags), tmp_path, interactive=True)
    session = assembly.new_session()
    assembly.start(session)
    return session.model and (str(session.model.ref), session.effort)


def test_without_any_key_no_model_is_chosen(tmp_path):
    assert chosen(tmp_path) is None


def test_a_key_brings_its_vendors_suggestion(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "k-openai")
    assert chosen(tmp_path)[0] == "openai/gpt-6.1-sol"
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k-anthropic")
    assert chosen(tmp_path)[0] == "anthropic/claude-opus-5-5"
    monkeypatch.setenv("CODEX_DEFAULT_PROVIDER", "openai")
    assert chosen(tmp_path)[0] == "openai/gpt-6.1-sol"


def test_the_last_choice_beats_the_suggestion_and_a_flag_beats_both(tmp_path, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k-anthropic")
    state = StateFile(loaded(tmp_path).paths)
    state.remember_model(ModelRef("anthropic", "claude-haiku-5-5"), Effort.LOW)
    assert chosen(tmp_path) == ("anthropic/claude-haiku-5-5", Effort.LOW)
    assert chosen(tmp_path, model="anthropic/claude-opus-5-5", effort="max") == (
        "anthropic/claude-opus-5-5",
        Effort.MAX,
    )


def test_an_effort_a_model_does_not_know_is_mapped_downwards(tmp_path):
    assert chosen(tmp_path, model="openai/gpt-6.1-sol", effort="minimal")[1] is Effort.LOW


def test_a_configured_server_becomes_an_endpoint_with_its_key_out_of_sight(
    tmp_path, home, monkeypatch
):
    monkeypatch.setenv("WORK_KEY", "k-work-secret")
    (home / "config" / "config.toml").write_text(
        """
        [providers.work]
        api = "openai-responses"
        base_url = "https://llm.example/v1"
        api_key_env = "WORK_KEY"
        headers = { "X-Gate" = "gate-secret" }
        timeout_s = 7
        models = ["large"]
        """,
        encoding="utf-8",
    )
    settings = loaded(tmp_path)
    credentials = Credentials(settings.paths)
    made = {each.name: each for each in endpoints(settings.settings, credentials)}
    work = made["work"]
    assert (work.api, work.base_url, work.timeout_s) == (
        "openai-responses",
        "https://llm.example/v1",
        7,
    )
    assert work.api_key == "k-work-secret"
    assert "secret" not in repr(work)
    assert {"k-work-secret", "gate-secret"} <= credentials.known_secrets
    assert chosen(tmp_path)[0] == "work/large"


def test_a_known_server_needs_no_more_than_its_name_or_its_key(tmp_path, home, monkeypatch):
    assert chosen(tmp_path, model="ollama/qwen3")[0] == "ollama/qwen3"
    monkeypatch.setenv("GROQ_API_KEY", "k-groq")
    assembly = Assembly(loaded(tmp_path), tmp_path, interactive=True)
    states = {each.name: each for each in assembly.providers.statuses()}
    assert states["groq"].ready
    assert states.keys() == {"openai", "anthropic", "demo", "local", "groq"}
    assert "groq/openai/gpt-oss-120b" in {str(each.ref) for each in assembly.providers.models()}
    assert chosen(tmp_path)[0] == "groq/openai/gpt-oss-120b"
    (home / "config" / "config.toml").write_text("[providers.ollama]\n", encoding="utf-8")
    assembly = Assembly(loaded(tmp_path), tmp_path, interactive=True)
    assert "ollama" in {each.name for each in assembly.providers.statuses()}


def test_a_known_server_can_be_moved_and_tuned_and_takes_no_key_of_the_vendors_along(
    tmp_path, home, monkeypatch
):
    monkeypatch.setenv("GROQ_API_KEY", "k-groq")
    monkeypatch.setenv("LOCAL_KEY", "k-local")
    (home / "config" / "config.toml").write_text(
        """
        [providers.groq]
        base_url = "https://proxy.example/v1"
        compat = { stream_tools = false }
        [providers.vllm]
        api_key_env = "LOCAL_KEY"
        """,
        encoding="utf-8",
    )
    settings = loaded(tmp_path)
    made = {each.name: each for each in endpoints(settings.settings, Credentials(settings.paths))}
    assert (made["groq"].api_key, made["groq"].title) == (None, "Groq")
    assert compat_of(made["groq"]).stream_tools is False
    assert (made["vllm"].api_key, made["vllm"].timeout_s) == ("k-local", 600)
    assert made["openai"].timeout_s == 300


def test_one_providers_unusable_key_does_not_stop_the_others(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "two words")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k-anthropic")
    assembly = Assembly(loaded(tmp_path), tmp_path, interactive=True)
    states = {each.name: each for each in assembly.providers.statuses()}
    assert states["anthropic"].ready
    assert not states["openai"].ready
    assert "OPENAI_API_KEY" in states["openai"].key_hint
    assert "two words" not in states["openai"].key_hint


def test_a_session_in_which_nothing_was_said_leaves_no_file(tmp_path, home):
    assert chosen(tmp_path, model="demo/walkthrough")
    assert list((home / "state").rglob("*.jsonl")) == []


def test_a_password_in_an_address_is_neither_shown_nor_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "https://me:hunter2@host/v1?key=hunter2")
    settings = loaded(tmp_path)
    made = next(
        e for e in endpoints(settings.settings, Credentials(settings.paths)) if e.name == "openai"
    )
    assert made.base_url == "https://me:hunter2@host/v1?key=hunter2"
    assert made.origin("m").base_url == "https://host/v1"
    assert "hunter2" not in repr(made)
    statuses = Assembly(settings, tmp_path, interactive=True).providers.statuses()
    assert "hunter2" not in repr(statuses)


def test_going_on_with_a_session_that_is_open_elsewhere_makes_a_copy(tmp_path, home):
    first = Assembly(loaded(tmp_path, model="demo/walkthrough"), tmp_path, interactive=True)
    session = first.new_session()
    first.start(session)
    asyncio.run(session.submit("hello"))
    second = Assembly(loaded(tmp_path), tmp_path, interactive=True)
    second.go_on_with(None)
    copy = second.open_session()
    assert copy.messages == session.messages
    assert copy.place.session != session.place.session
    assert len(list((home / "state").rglob("*.jsonl"))) == 2
