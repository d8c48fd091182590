"""What of the user's environment the commands of a model get to know: an allowlist without keys.

A name that is listed still stays behind when it, or its value, looks like it holds a secret.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codex_tui.config import environment
from codex_tui.config.secrets import looks_secret

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

ALLOWED = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ"),
        *("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"),
        # tool chains
        *("VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "PYENV_ROOT", "UV_CACHE_DIR"),
        *("NVM_DIR", "NVM_BIN", "VOLTA_HOME", "FNM_DIR", "PNPM_HOME", "BUN_INSTALL", "DENO_DIR"),
        *("CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "GOPATH", "GOROOT", "GOBIN", "GOPROXY"),
        *("JAVA_HOME", "ANDROID_HOME", "GRADLE_USER_HOME", "M2_HOME", "SDKMAN_DIR", "DOTNET_ROOT"),
        *("GEM_HOME", "GEM_PATH", "RBENV_ROOT", "ASDF_DIR", "MISE_DATA_DIR", "NIX_PATH"),
        *("CC", "CXX", "CFLAGS", "CXXFLAGS", "LDFLAGS", "PKG_CONFIG_PATH", "LOCALE_ARCHIVE"),
        # the way to the network, and whom to trust there
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
        *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        *("NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO", "NIX_SSL_CERT_FILE"),
    }
)
ALLOWED_BEGINNINGS = ("LC_",)

_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH", re.IGNORECASE)


def command_environment(
    secrets: Collection[str],
    key_variables: Collection[str],
    env: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the variables that commands may have.

    Args:
        secrets: known keys; a value that contains one stays behind.
        key_variables: names that are configured to hold keys.
        env: the environment (the process's own when None).
    """
    env = environment.current() if env is None else env
    return {
        name: value
        for name, value in env.items()
        if (name in ALLOWED or name.startswith(ALLOWED_BEGINNINGS))
        and name not in key_variables
        and not _SECRET_NAME.search(name)
        and not looks_secret(value)
        and not any(secret in value for secret in secrets if secret)
    }
