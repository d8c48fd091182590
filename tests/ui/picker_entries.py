"""Entries for the picker's tests: two vendors, a local server and the demonstration."""

from __future__ import annotations

from codex_tui.protocol.models import Effort, ModelInfo, ModelRef, Price, ProviderStatus
from codex_tui.ui.panes.providers import PickerEntries

LADDER = (Effort.LOW, Effort.MEDIUM, Effort.HIGH)
OPUS = ModelRef("anthropic", "claude-opus-4-5")
GPT = ModelRef("openai", "gpt-5.1")
MINI = ModelRef("openai", "gpt-5.1-mini")
DEMO = ModelRef("demo", "walkthrough")
QWEN = ModelRef("local", "qwen3-coder-30b-a3b-instruct-q4_k_m")
KEY_HINT = "Set ANTHROPIC_API_KEY, or write the key into ~/.config/codex-tui/credentials.json."


def info(ref: ModelRef, **facts: object) -> ModelInfo:
    return ModelInfo(ref=ref, **facts)  # type: ignore[arg-type]


MODELS = (
    info(
        OPUS,
        name="Claude Opus 4.5",
        context_window=200_000,
        max_output=64_000,
        image_input=True,
        efforts=LADDER,
        default_effort=Effort.HIGH,
        price=Price(input=5, output=25, cache_read=0.5),
    ),
    info(
        ModelRef("anthropic", "claude-haiku-4-5"),
        name="Claude Haiku 4.5",
        context_window=200_000,
        price=Price(input=1, output=5),
    ),
    info(
        GPT,
        name="GPT-5.1",
        context_window=400_000,
        max_output=128_000,
        image_input=True,
        efforts=(Effort.MINIMAL, *LADDER),
        default_effort=Effort.MEDIUM,
        price=Price(input=1.25, output=10, cache_read=0.125),
    ),
    info(
        MINI,
        name="GPT-5.1 mini",
        context_window=1_048_576,
        efforts=LADDER,
        price=Price(input=0.25, output=2),
    ),
    info(QWEN, context_window=32_768, price=Price(input=0, output=0), note="local"),
    info(DEMO, name="Walkthrough", note="demonstration"),
)


def status(
    name: str, title: str, *, ready: bool = True, base_url: str | None = None
) -> ProviderStatus:
    return ProviderStatus(
        name=name,
        title=title,
        base_url=base_url or f"https://{name}.test/v1",
        ready=ready,
        key_hint=None if ready else KEY_HINT,
        key_page=f"https://{name}.test/keys",
        takes_key=name != "demo",
    )


UNLISTED = (
    status("deepseek", "DeepSeek", ready=False),
    status("ollama", "Ollama", base_url="http://127.0.0.1:11434/v1"),
)


def typical(**changes: object) -> PickerEntries:
    fields: dict[str, object] = {
        "models": MODELS,
        "providers": (
            status("anthropic", "Anthropic", ready=False),
            status("openai", "OpenAI"),
            status("local", "Local server"),
            status("demo", "Demonstration"),
        ),
        "current": GPT,
        "effort": Effort.HIGH,
        **changes,
    }
    return PickerEntries(**fields)  # type: ignore[arg-type]


def first_run() -> PickerEntries:
    return typical(
        providers=(
            status("anthropic", "Anthropic", ready=False),
            status("openai", "OpenAI", ready=False),
            status("demo", "Demonstration"),
        ),
        models=tuple(model for model in MODELS if model.ref.provider != "local"),
        current=None,
        effort=None,
        first_run=True,
    )


def many(count: int = 500) -> PickerEntries:
    families = (
        "anthropic/claude-sonnet",
        "openai/gpt-4o-mini",
        "deepseek/deepseek-chat",
        "qwen/qwen3",
    )
    models = tuple(
        info(
            ModelRef("openrouter", f"{families[index % 4]}-{2024 + index % 3}-{index:04d}:free"),
            context_window=131_072,
            price=Price(input=0.15, output=0.6),
            efforts=LADDER,
        )
        for index in range(count)
    )
    return typical(
        models=(*MODELS, *models),
        providers=(*typical().providers, status("openrouter", "OpenRouter")),
    )
