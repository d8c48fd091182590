from __future__ import annotations

import hashlib
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from codex_tui.protocol.errors import ToolError
from codex_tui.protocol.tools import AccessKind
from codex_tui.tools.limits import MAX_FILE_BYTES
from codex_tui.tools.text_file import TextFile
from codex_tui.tools.walk import Walk
from codex_tui.tools.workspace import ResolvedPath, Workspace

NOBODY = 65534
READ, WRITE = AccessKind.READ, AccessKind.WRITE


def text_of(workspace: Workspace, path: str) -> TextFile:
    return workspace.read_text(workspace.resolve(path, READ))


def facts(path: ResolvedPath) -> set[str]:
    access = path.access
    assert access.path == path.display
    return {each for each in ("outside", "protected", "secret") if getattr(access, each)}


@pytest.fixture
def powerless_root() -> Iterator[Path]:
    """A workspace with a file and a folder nobody may open; root's power is laid down for the
    test.
    """
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "closed").mkdir()
        for path in (root / "locked", root / "closed" / "a"):
            path.write_text("x")
        root.chmod(0o755)
        (root / "locked").chmod(0)
        (root / "closed").chmod(0)
        if user == 0:
            os.seteuid(NOBODY)
        try:
            yield root
        finally:
            os.seteuid(user)
            (root / "closed").chmod(0o755)


class TestResolving:
    def test_relative_and_absolute_paths_meet(self, workspace: Workspace, root: Path) -> None:
        for path in ("src/a.py", "./src/a.py", "src//x/../a.py", str(root / "src/a.py")):
            resolved = workspace.resolve(path, WRITE)
            assert resolved.display == "src/a.py"
            assert resolved.absolute == root.resolve() / "src/a.py"
            assert resolved.access.kind is WRITE
            assert facts(resolved) == set()

    def test_the_root_is_a_dot(self, workspace: Workspace, root: Path) -> None:
        assert workspace.resolve(".", READ).display == "."
        assert workspace.resolve(str(root), READ).display == "."

    @pytest.mark.parametrize("path", ["..", "../other", "/etc/passwd", "src/../../x"])
    def test_paths_that_lead_out_are_outside_and_absolute(
        self, workspace: Workspace, path: str
    ) -> None:
        resolved = workspace.resolve(path, READ)
        assert facts(resolved) == {"outside"}
        assert Path(resolved.display).is_absolute()

    def test_a_sibling_with_the_same_beginning_is_outside(
        self, workspace: Workspace, root: Path
    ) -> None:
        assert facts(workspace.resolve(f"{root}-other/a", READ)) == {"outside"}

    def test_a_link_out_is_outside_and_named_by_its_target(
        self, workspace: Workspace, root: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "real").mkdir()
        (root / "link").symlink_to(tmp_path / "real")
        resolved = workspace.resolve("link/new.txt", WRITE)
        assert facts(resolved) == {"outside"}
        assert resolved.display == str((tmp_path / "real").resolve() / "new.txt")

    def test_a_link_within_is_named_by_its_target(self, workspace: Workspace, root: Path) -> None:
        (root / "real.txt").write_text("x")
        (root / "link").symlink_to("real.txt")
        assert workspace.resolve("link", READ).display == "real.txt"
        assert facts(workspace.resolve("link", READ)) == set()

    def test_links_are_resolved_anew_at_every_call(
        self, workspace: Workspace, root: Path, tmp_path: Path
    ) -> None:
        (root / "dir").mkdir()
        assert facts(workspace.resolve("dir/a", WRITE)) == set()
        (root / "dir").rmdir()
        (root / "dir").symlink_to(tmp_path)
        assert facts(workspace.resolve("dir/a", WRITE)) == {"outside"}

    def test_a_link_in_from_outside_is_inside(
        self, workspace: Workspace, root: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "door").symlink_to(root)
        assert workspace.resolve(str(tmp_path / "door" / "a"), READ).display == "a"

    def test_a_workspace_behind_a_link_is_its_target(self, root: Path, tmp_path: Path) -> None:
        (tmp_path / "door").symlink_to(root)
        workspace = Workspace(tmp_path / "door")
        assert workspace.root == root.resolve()
        assert facts(workspace.resolve("a", WRITE)) == set()

    def test_a_loop_of_links_is_refused(self, workspace: Workspace, root: Path) -> None:
        (root / "a").symlink_to("b")
        (root / "b").symlink_to("a")
        with pytest.raises(ToolError, match="loop of symbolic links"):
            workspace.resolve("a", READ)

    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("", "empty"),
            ("  ", "empty"),
            ("a\0b", "NUL"),
            ("~", "~ is not expanded"),
            ("~/notes", "~ is not expanded"),
            ("\ud800", "not UTF-8"),
        ],
    )
    def test_what_is_no_path_is_refused(self, workspace: Workspace, path: str, words: str) -> None:
        with pytest.raises(ToolError, match=words) as caught:
            workspace.resolve(path, READ)
        str(caught.value).encode()

    def test_a_link_to_a_name_that_is_not_text_is_refused(
        self, workspace: Workspace, root: Path
    ) -> None:
        (root / "link").symlink_to(os.fsdecode(b"bad\xff"))
        with pytest.raises(ToolError, match=r"bad\\xff, a name that is not UTF-8"):
            workspace.resolve("link", READ)

    def test_a_name_beyond_the_systems_limit_is_an_error(self, workspace: Workspace) -> None:
        with pytest.raises(ToolError, match=r"cannot be resolved|does not exist"):
            text_of(workspace, "x" * 5_000)


class TestFactsByName:
    @pytest.mark.parametrize(
        "path",
        [
            ".git/config",
            ".git",
            "sub/.git/hooks/pre-commit",
            ".GIT/config",
            ".Codex-TUI/config.toml",
            "a/.codex-tui/missing",
            ".g\u200cit/config",
        ],
    )
    def test_protected_at_any_depth_and_in_any_case(self, workspace: Workspace, path: str) -> None:
        assert "protected" in facts(workspace.resolve(path, WRITE))

    @pytest.mark.parametrize("path", [".gitignore", ".github/x.yml", "git/config", ".git2"])
    def test_not_protected(self, workspace: Workspace, path: str) -> None:
        assert facts(workspace.resolve(path, WRITE)) == set()

    def test_protected_through_a_link(self, workspace: Workspace, root: Path) -> None:
        (root / ".git").mkdir()
        (root / "innocent").symlink_to(".git")
        assert facts(workspace.resolve("innocent/config", WRITE)) == {"protected"}

    @pytest.mark.parametrize(
        "path",
        [
            ".env",
            ".env.local",
            ".envrc",
            "sub/.ENV",
            "prod.env",
            "server.pem",
            "tls/site.key",
            "id_rsa",
            "id_ed25519_work",
            ".netrc",
            ".pgpass",
            "credentials.json",
            ".ssh/config",
            ".aws/credentials",
            ".npmrc",
        ],
    )
    def test_secret(self, workspace: Workspace, path: str) -> None:
        assert facts(workspace.resolve(path, READ)) == {"secret"}

    @pytest.mark.parametrize(
        "path",
        [
            ".env.example",
            ".env.sample",
            ".env.template",
            "environment.py",
            "keys.py",
            "secrets.py",
            "id_rsa.pub",
            "monkey.py",
        ],
    )
    def test_not_secret(self, workspace: Workspace, path: str) -> None:
        assert facts(workspace.resolve(path, READ)) == set()

    @pytest.mark.parametrize("path", ["/proc/self/environ", "/proc/1/environ", "/etc/shadow"])
    def test_secret_places_of_the_system(self, workspace: Workspace, path: str) -> None:
        assert facts(workspace.resolve(path, READ)) == {"outside", "secret"}

    def test_secret_places_stay_so_when_the_whole_system_is_the_workspace(self) -> None:
        assert facts(Workspace(Path("/")).resolve("/etc/shadow", READ)) == {"secret"}
        assert Workspace(Path("/")).resolve("/etc/shadow", READ).display == "etc/shadow"

    def test_a_plain_name_that_leads_to_a_secret_is_secret(
        self, workspace: Workspace, root: Path
    ) -> None:
        (root / ".env").write_text("KEY=1")
        (root / "notes.txt").symlink_to(".env")
        assert facts(workspace.resolve("notes.txt", READ)) == {"secret"}

    def test_the_way_to_the_workspace_is_not_judged(self, tmp_path: Path) -> None:
        root = tmp_path / ".aws" / ".git" / "ws"
        root.mkdir(parents=True)
        assert facts(Workspace(root).resolve("a.py", WRITE)) == set()


class TestReading:
    def test_text_is_exact(self, workspace: Workspace, root: Path) -> None:
        data = "\ufeffä\r\nb\rc\n\x0c\u2028end".encode()
        (root / "a").write_bytes(data)
        assert text_of(workspace, "a") == TextFile(
            text=data.decode(), hash=hashlib.sha256(data).hexdigest(), size=len(data)
        )

    def test_a_directory_names_the_tool_for_it(self, workspace: Workspace) -> None:
        with pytest.raises(ToolError, match="is a directory") as caught:
            text_of(workspace, ".")
        assert "list_files" in str(caught.value)

    def test_a_missing_file_names_its_neighbours(self, workspace: Workspace, root: Path) -> None:
        (root / "src").mkdir()
        (root / "src" / "config.py").write_text("")
        with pytest.raises(ToolError, match=r"src/confg.py does not exist") as caught:
            text_of(workspace, "src/confg.py")
        assert caught.value.hint == "Near it: src/config.py"

    def test_a_file_as_a_folder_does_not_exist(self, workspace: Workspace, root: Path) -> None:
        (root / "a").write_text("")
        with pytest.raises(ToolError, match="a/b does not exist"):
            text_of(workspace, "a/b")

    def test_nothing_outside_is_named_as_a_neighbour(
        self, workspace: Workspace, tmp_path: Path
    ) -> None:
        (tmp_path / "secret-plan").write_text("")
        with pytest.raises(ToolError) as caught:
            text_of(workspace, str(tmp_path / "secret-plam"))
        assert "secret-plan" not in str(caught.value)

    def test_a_pipe_is_refused_without_waiting(self, workspace: Workspace, fifo: Path) -> None:
        with pytest.raises(ToolError, match="pipe is a named pipe, not a file"):
            text_of(workspace, "pipe")

    def test_a_device_is_refused(self, workspace: Workspace) -> None:
        with pytest.raises(ToolError, match="/dev/zero is a device, not a file"):
            text_of(workspace, "/dev/zero")

    def test_a_socket_is_refused(
        self, workspace: Workspace, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(root)  # a socket's address may not be long
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("sock")
            with pytest.raises(ToolError, match="sock is a socket, not a file"):
                text_of(workspace, "sock")

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"abc\0def", r"binary \(a NUL byte at offset 3\)"),
            ("hello".encode("utf-16"), "is UTF-16 text"),
            ("hello".encode("utf-16-le"), "binary"),
            (b"ok\ncaf\xe9\n", r"not UTF-8: byte 0xe9 at offset 6, line 2"),
        ],
    )
    def test_what_is_not_utf8_is_named(
        self, workspace: Workspace, root: Path, data: bytes, words: str
    ) -> None:
        (root / "a").write_bytes(data)
        with pytest.raises(ToolError, match=words):
            text_of(workspace, "a")

    def test_windows_1252_comes_with_the_way_to_convert_it(
        self, workspace: Workspace, root: Path
    ) -> None:
        (root / "a").write_bytes("“quoted”".encode("windows-1252"))
        with pytest.raises(ToolError) as caught:
            text_of(workspace, "a")
        assert "iconv -f WINDOWS-1252 -t UTF-8" in str(caught.value)

    def test_a_file_over_ten_megabytes_is_refused(self, workspace: Workspace, root: Path) -> None:
        with (root / "big").open("wb") as file:
            file.truncate(MAX_FILE_BYTES + 1)
        with pytest.raises(ToolError, match="larger than 10 MB"):
            text_of(workspace, "big")

    def test_what_permissions_forbid_is_named(self, powerless_root: Path) -> None:
        workspace = Workspace(powerless_root)
        with pytest.raises(ToolError, match="locked cannot be read: Permission denied"):
            text_of(workspace, "locked")
        with pytest.raises(ToolError, match="closed/a cannot be resolved: Permission denied"):
            text_of(workspace, "closed/a")
        walk = Walk(powerless_root, powerless_root)
        assert [Path(entry.path).name for entry in walk] == ["closed", "locked"]
        assert walk.unreadable == 1

    def test_a_file_the_system_fails_to_read_is_named(self, workspace: Workspace) -> None:
        if not Path("/proc/self/mem").exists():
            pytest.skip("no /proc here: no file that opens but cannot be read")
        with pytest.raises(ToolError, match=r"/proc/.*/mem cannot be read: Input/output error"):
            text_of(workspace, "/proc/self/mem")


class TestSeen:
    def test_a_file_that_changed_since_it_was_seen_is_stale(self, workspace: Workspace) -> None:
        assert workspace.seen_hash("a") is None
        workspace.refuse_stale("a", "1")
        workspace.note_seen("a", "1")
        assert workspace.seen_hash("a") == "1"
        workspace.refuse_stale("a", "1")
        with pytest.raises(ToolError, match="a changed since it was read") as caught:
            workspace.refuse_stale("a", "2")
        assert "Read it again" in str(caught.value)


@pytest.mark.parametrize("name", ["config/config.toml", "CONFIG/new.toml", "config", "link/a"])
def test_our_own_folders_are_protected_wherever_they_lie(root: Path, name: str) -> None:
    own = root / "config"
    own.mkdir()
    (root / "link").symlink_to(own)
    workspace = Workspace(root, [own, root.parent / "elsewhere"])
    assert facts(workspace.resolve(name, WRITE)) == {"protected"}
    assert facts(workspace.resolve("configuration/a", WRITE)) == set()


def test_a_walk_ends_when_walks_are_stopped_and_the_next_one_does_not(root: Path) -> None:
    for name in ("a", "b"):
        (root / name).mkdir()
        (root / name / "file").touch()
    workspace = Workspace(root)
    start = workspace.resolve(".", READ)
    walk = iter(workspace.walk(start))
    assert next(walk).path == str(workspace.root / "a")
    workspace.stop_walks()
    with pytest.raises(ToolError, match="given up"):
        next(walk)
    assert len(list(workspace.walk(start))) == 4
