"""Pictures on their way from the user and the tools to the model: found, sent, kept, replayed."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path

import pytest

from codex_tui.agent.attachments import MAX_IMAGES, Attachments, read_given
from codex_tui.agent.resume import past_of
from codex_tui.protocol.approvals import ApprovalMode
from codex_tui.protocol.errors import ConfigError
from codex_tui.protocol.events import ModelSelected, ToolCallFinished, UserSpoke
from codex_tui.protocol.messages import ToolResultMessage, UserMessage
from codex_tui.protocol.models import ModelInfo
from codex_tui.providers.scripted import Reply
from codex_tui.sessions.records import MessageAdded, ModeChosen
from codex_tui.tools.workspace import Workspace
from tests.support.engine import REF, Engine, call, notices, says
from tests.support.pictures import image, jpeg, png


@pytest.fixture
def root(root):
    (root / "shots").mkdir()
    (root / "a.png").write_bytes(png())
    (root / "shots" / "b.png").write_bytes(png(8, 6))
    (root / "photo").write_bytes(jpeg())
    return root


def started(root, replies, **options) -> Engine:
    engine = Engine(root, replies, **options)
    engine.session.start(ApprovalMode.SUGGEST)
    engine.session.select_model(REF)
    return engine


def choose_blind(engine: Engine) -> None:
    """Choose a model whose own server says that it sees no pictures."""
    lists = engine.session.models._providers._served
    lists.keep(engine.provider.endpoint, [ModelInfo(ref=REF, image_input=False)])
    engine.session.select_model(REF)


def spoken(engine: Engine) -> list[UserSpoke]:
    engine.take()
    return [event for event in engine.seen if isinstance(event, UserSpoke)]


# -- what the words name ---------------------------------------------------------------------------


async def found(root, text: str):
    return await Attachments(Workspace(root), str).of(text)


async def names(root, text: str) -> list[str]:
    return [each.name for each in (await found(root, text)).images]


async def test_paths_are_found_inside_and_outside_each_picture_once(root, tmp_path, monkeypatch):
    (tmp_path / "My Shot.png").write_bytes(png())
    monkeypatch.setenv("HOME", str(tmp_path))
    outside = str(tmp_path / "My Shot.png")
    assert await names(root, "a.png ./a.png shots/b.png") == ["a.png", "shots/b.png"]
    assert await names(root, f"'{outside}'") == [outside]
    assert await names(root, "~/My\\ Shot.png") == [outside]
    assert await names(root, f"file://{outside.replace(' ', '%20')}") == [outside]
    assert await names(root, outside) == [outside]


async def test_a_picture_without_the_name_of_one_is_attached_when_it_is_named(root):
    assert await names(root, "@photo") == ["photo"]
    assert await names(root, "the photo") == []


async def test_words_that_mean_no_picture_are_left_alone(root):
    (root / "notes.md").write_text("words", encoding="utf-8")
    (root / "icon.svg").write_text("<svg/>", encoding="utf-8")
    (root / "dir.png").mkdir()
    for text in ("make a logo.png", "@notes.md @alice @shots", "turn icon.svg red", "dir.png"):
        attached = await found(root, text)
        assert (attached.images, attached.problems) == ((), ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("@gone.png", "Not attached: there is no file gone.png."),
        ("text.png", "Not attached: text.png is not a picture."),
        ("cut.png", "Not attached: cut.png begins like a PNG picture, but it is cut short."),
        ("@icon.svg", "Not attached: icon.svg is a picture in the SVG format; models take"),
        ("old.bmp", "Not attached: old.bmp is a picture in the BMP format; models take"),
        (".ssh/key.png", "Not attached: .ssh/key.png looks like it lies among secrets."),
    ],
)
async def test_what_looks_like_a_picture_and_cannot_be_used_is_explained(root, text, problem):
    (root / ".ssh").mkdir()
    (root / ".ssh" / "key.png").write_bytes(png())
    (root / "text.png").write_text("words", encoding="utf-8")
    (root / "cut.png").write_bytes(png()[:30])
    (root / "icon.svg").write_text("<svg/>", encoding="utf-8")
    (root / "old.bmp").write_bytes(b"BM6\0\0\0")
    attached = await found(root, f"{text} and a.png")
    assert [each.name for each in attached.images] == ["a.png"]
    assert len(attached.problems) == 1
    assert attached.problems[0].startswith(problem)


async def test_a_message_holds_twenty_pictures(root):
    for number in range(MAX_IMAGES + 1):
        (root / f"{number}.png").write_bytes(png())
    attached = await found(root, " ".join(f"{number}.png" for number in range(MAX_IMAGES + 1)))
    assert len(attached.images) == MAX_IMAGES
    assert attached.problems == (
        "Not attached: 20.png is one picture too many: 20 go with one message. "
        "Send the others with the next one.",
    )


async def test_a_message_holds_fifteen_megabytes(root):
    for number in range(4):
        (root / f"{number}.png").write_bytes(png(filler=3_800_000))
    attached = await found(root, "0.png 1.png 2.png 3.png")
    assert len(attached.images) == 3
    assert "3.png is too much for one message" in attached.problems[0]


# -- what the command line gives -------------------------------------------------------------------


def test_given_pictures_keep_the_name_they_were_given(root, monkeypatch):
    monkeypatch.chdir(root)
    given = read_given([Path("a.png"), Path("shots/b.png")])
    assert given == (image("a.png"), image("shots/b.png", 8, 6))


@pytest.mark.parametrize("name", ["gone.png", "shots", "notes.md", "\0"])
def test_what_is_given_and_is_no_picture_ends_the_program(root, name):
    (root / "notes.md").write_text("words", encoding="utf-8")
    with pytest.raises(ConfigError, match="--image: ") as caught:
        read_given([root / "a.png", root / name])
    assert caught.value.exit_code == 2
    assert "list_files" not in str(caught.value), "that is a tool of the model's"


# -- turns -----------------------------------------------------------------------------------------


async def test_pictures_go_with_the_words_and_events_hold_their_names_only(root):
    engine = started(root, [says("Seen.")])
    given = image("given.png", 3, 3)
    await engine.session.submit("compare with shots/b.png", [given])
    message = next(each for each in engine.session.messages if isinstance(each, UserMessage))
    assert message.text == "compare with shots/b.png"
    assert message.images == (given, image("shots/b.png", 8, 6))
    assert engine.sent[0].messages[-1] == message
    assert engine.sent[0].sees_images
    assert [event.images for event in spoken(engine)] == [("given.png 3×3", "shots/b.png 8×6")]
    events = json.dumps([dataclasses.asdict(event) for event in engine.seen])
    assert all(each.data not in events for each in message.images)


async def test_steering_and_queued_words_take_their_pictures_along(root):
    def play(request):
        if len(engine.sent) == 1:
            engine.session.steer("see a.png")
            engine.session.queue("and shots/b.png")
            return Reply(parts=(call("read_file", '{"path": "photo"}'),))
        return says("Seen.")

    engine = started(root, play)
    await engine.session.submit("begin")
    assert [event.images for event in spoken(engine)] == [(), ("a.png 2×1",), ("shots/b.png 8×6",)]
    assert [event.steering for event in spoken(engine)] == [False, True, False]
    users = [each for each in engine.session.messages if isinstance(each, UserMessage)]
    assert [len(each.images) for each in users] == [0, 1, 1]


async def test_words_taken_back_bring_their_given_pictures(root):
    engine = started(root, [])
    engine.session.queue("later", [image()])
    assert engine.session.take_back() == UserMessage(text="later", images=(image(),))


async def test_a_problem_is_told_and_the_words_still_go(root):
    engine = started(root, [says("Yes?")])
    await engine.session.submit("look at @gone.png")
    assert notices(engine) == ["Not attached: there is no file gone.png."]
    assert engine.sent[0].messages[-1] == UserMessage(text="look at @gone.png")


async def test_read_file_shows_the_model_a_picture(root):
    reading = Reply(parts=(call("read_file", '{"path": "shots/b.png"}'),))
    engine = started(root, [reading, says("A square.")])
    await engine.session.submit("look")
    result = next(each for each in engine.session.messages if isinstance(each, ToolResultMessage))
    assert result.images == (image("shots/b.png", 8, 6),)
    assert engine.sent[1].messages[-1] == result
    finished = next(each for each in engine.take() if isinstance(each, ToolCallFinished))
    assert finished.output == result.content
    assert result.content.startswith("[shots/b.png: PNG, 8×6,")


async def test_a_picture_outside_is_asked_for_when_the_model_wants_it(root, tmp_path):
    (tmp_path / "out.png").write_bytes(png())
    arguments = json.dumps({"path": str(tmp_path / "out.png")})
    engine = started(
        root, [Reply(parts=(call("read_file", arguments),)), says("No.")], interactive=False
    )
    await engine.session.submit("look")
    result = next(each for each in engine.session.messages if isinstance(each, ToolResultMessage))
    assert result.images == ()
    assert "nobody is there to approve it" in result.content


# -- models without eyes ---------------------------------------------------------------------------


async def test_a_model_without_eyes_is_told_of_pictures_and_the_user_of_that(root):
    engine = started(root, [says("What picture?")])
    choose_blind(engine)
    await engine.session.submit("look at a.png")
    assert not engine.sent[0].sees_images
    assert notices(engine) == ["fake/model cannot see pictures; it is told their names."]


async def test_choosing_a_model_without_eyes_warns_of_the_pictures_so_far(root):
    reading = Reply(parts=(call("read_file", '{"path": "shots/b.png"}'),))
    engine = started(root, [reading, says("Seen.")])
    await engine.session.submit("look at a.png, then at the other one")
    engine.session.select_model(REF)
    choose_blind(engine)
    engine.take()
    warnings = [event.warnings for event in engine.seen if isinstance(event, ModelSelected)]
    assert warnings == [(), (), ("2 pictures cannot be seen by fake/model.",)]


# -- the session file ------------------------------------------------------------------------------


async def test_pictures_are_in_the_session_file_and_come_back_with_it(root):
    reading = Reply(parts=(call("read_file", '{"path": "shots/b.png"}'),))
    engine = started(root, [reading, says("Seen.")])
    await engine.session.submit("look at a.png")
    before = engine.session.messages
    await engine.session.close()
    with engine.store.open(engine.place.session) as file:
        past = past_of(stored.record for stored in file.past.records)
    assert past.messages == before
    again = Engine(root, [says("Still there.")], past=past)
    again.session.start(ApprovalMode.SUGGEST)
    again.session.select_model(REF)
    await again.session.submit("and now?")
    assert again.sent[0].messages[: len(before)] == before


async def test_a_picture_is_written_where_it_does_not_hold_up_the_screen(root):
    engine = started(root, [says("Seen.")])
    await engine.session.submit("first")
    journal, path = (
        engine.session._conversation.journal,
        engine.session._conversation.journal._file.path,
    )
    journal.add(MessageAdded(message=UserMessage(text="look", images=(image(),))), engine.place)
    journal.add(ModeChosen(mode=ApprovalMode.SUGGEST), engine.place)
    assert image().data not in path.read_text(encoding="utf-8")
    await journal.settle()
    with_picture, after = path.read_text(encoding="utf-8").splitlines()[-2:]
    assert image().data in with_picture
    assert "mode_chosen" in after


async def test_a_picture_that_waits_is_written_when_the_session_is_closed(root):
    engine = started(root, [says("Seen.")])
    await engine.session.submit("first")
    path = engine.session._conversation.journal._file.path
    picture = MessageAdded(message=UserMessage(text="look", images=(image(),)))
    engine.session._conversation.journal.add(picture, engine.place)
    await engine.session.close()
    assert image().data in path.read_text(encoding="utf-8")


async def test_words_with_a_picture_are_on_the_disk_after_an_interrupt(root):
    async def interrupt() -> None:
        engine.session.interrupt()
        await asyncio.sleep(0)

    engine = started(root, [says("first"), says("never heard")])
    await engine.session.submit("first")
    engine.provider._pause = interrupt
    await engine.session.submit("look at a.png")
    path = engine.session._conversation.journal._file.path
    assert image().data in path.read_text(encoding="utf-8")
    assert "interrupted" in path.read_text(encoding="utf-8").splitlines()[-1]
