"""Time: certificates that expire, and time servers that answer, do not, or stop halfway."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labeler.errors import IdentityError, Temporary
from labeler.layers.credentials import identity as identities
from labeler.layers.credentials import timeserver
from labeler.layers.credentials.identity import Identity
from labeler.layers.credentials.read import integrity_of, trust_of
from labeler.layers.credentials.sign import sign
from labeler.layers.credentials.trust import Trust
from labeler.rules.plan import PlanItem
from labeler.verdict import Integrity
from labeler.verdict import Trust as Trusted
from tests import pki
from tests.clips import make_clip
from tests.layers.test_credentials_seal import WHEN, item_for, read, statuses, with_credentials

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl is not on this machine: no time server"
)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("time") / "clip.mp4", width=320, height=180, seconds=0.4, sound=False)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    with pki.time_server(tmp_path_factory.mktemp("tsa"), pki.today()) as (address, root):
        yield address, root.decode()


def who(folder: Path, *tsa: str) -> Identity:
    now = pki.today()
    pki.write_identity(pki.make_signer("Timed", now), folder / "identities" / "timed", tsa=tsa)
    return identities.load("timed", home=folder, now=now)


def seal(clip: Path, folder: Path, identity: Identity, item: PlanItem) -> Path:
    work, scratch = folder / "work.mp4", folder / "scratch"
    shutil.copyfile(clip, work)
    scratch.mkdir()
    signed = folder / "out.mp4"
    sign(work, signed, master=clip, item=item, identity=identity, scratch=scratch, when=WHEN)
    return signed


def judged(path: Path, item: PlanItem, anchors: str = "") -> dict[str, str]:
    return statuses(read(path, sidecar=None, plan=item, trust=Trust(anchors)))


@pytest.mark.parametrize("asked", ["required", "best_effort"])
def test_a_trusted_time(clip: Path, tmp_path: Path, server: tuple[str, str], asked: Any) -> None:
    address, root = server
    item = with_credentials(item_for(clip), tsa=asked)
    signed = seal(clip, tmp_path, who(tmp_path, address), item)
    assert judged(signed, item, root)["timestamp"] == "pass"
    assert judged(signed, item)["timestamp"] == ("fail" if asked == "required" else "warn")


def test_off_asks_nobody(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeserver, "answers", lambda address: pytest.fail("the network was used"))
    item = with_credentials(item_for(clip), tsa="off")
    signed = seal(clip, tmp_path, who(tmp_path, "http://127.0.0.1:9/"), item)
    assert "timestamp" not in judged(signed, item)


def test_best_effort_signs_without(clip: Path, tmp_path: Path) -> None:
    item = item_for(clip)
    signed = seal(clip, tmp_path, who(tmp_path, "http://127.0.0.1:9/"), item)
    assert judged(signed, item)["timestamp"] == "warn"


def test_best_effort_takes_the_next_server(clip: Path, tmp_path: Path, server: tuple[str, str]) -> None:
    item = item_for(clip)
    signed = seal(clip, tmp_path, who(tmp_path, "http://127.0.0.1:9/", server[0]), item)
    assert judged(signed, item, server[1])["timestamp"] == "pass"


def test_required_and_nobody_answers(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(Temporary, match=r"127\.0\.0\.1:9"):
        seal(clip, tmp_path, who(tmp_path, "http://127.0.0.1:9/"), with_credentials(item_for(clip), tsa="required"))
    assert not (tmp_path / "out.mp4").exists() and list((tmp_path / "scratch").iterdir()) == []


def test_required_and_none_named(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(IdentityError, match="names no time server") as told:
        seal(clip, tmp_path, who(tmp_path), with_credentials(item_for(clip), tsa="required"))
    assert not isinstance(told.value, Temporary)


def test_a_server_that_stops_halfway(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answered the question and is gone when the SDK asks: best effort signs without, required is temporary."""
    monkeypatch.setattr(timeserver, "answers", lambda address: True)
    item = item_for(clip)
    (tmp_path / "a").mkdir()
    signed = seal(clip, tmp_path / "a", who(tmp_path / "a", "http://127.0.0.1:9/"), item)
    assert judged(signed, item)["timestamp"] == "warn"
    (tmp_path / "b").mkdir()
    with pytest.raises(Temporary):
        identity = who(tmp_path / "b", "http://127.0.0.1:9/")
        seal(clip, tmp_path / "b", identity, with_credentials(item, tsa="required"))


def expired(clip: Path, folder: Path, tsa: str | None) -> tuple[Path, pki.Signer]:
    """A file whose signer's certificate has expired since it was signed."""
    path, made = folder / "short.mp4", pki.created("trainedAlgorithmicMedia")
    return path, pki.expired("Short-lived", lambda one: pki.plain_seal(clip, path, made, one, tsa=tsa, verify=False))


def test_expired_with_and_without_a_trusted_time(clip: Path, tmp_path: Path, server: tuple[str, str]) -> None:
    address, root = server
    with_time, signer = expired(clip, tmp_path, address)
    anchors = signer.root.decode()
    reading = read(with_time, sidecar=None, plan=None, trust=Trust(anchors + root))
    assert statuses(reading)["expiry"] == "pass" and trust_of(reading) is Trusted.LISTED
    late = read(with_time, sidecar=None, plan=None, trust=Trust(anchors))
    assert statuses(late)["expiry"] == "fail" and statuses(late)["integrity"] == "pass"
    assert integrity_of(late) is Integrity.INTACT and trust_of(late) is Trusted.EXPIRED


def test_expired_without_time_and_as_an_ancestor(clip: Path, tmp_path: Path) -> None:
    path, signer = expired(clip, tmp_path, None)
    reading = read(path, sidecar=None, plan=None, trust=Trust(signer.root.decode()))
    assert statuses(reading)["expiry"] == "fail" and statuses(reading)["integrity"] == "pass"
    assert trust_of(reading) is Trusted.EXPIRED
    item = item_for(clip)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    shutil.copyfile(clip, tmp_path / "work.mp4")
    child = tmp_path / "child.mp4"
    sign(tmp_path / "work.mp4", child, master=path, item=item, identity=who(tmp_path), scratch=scratch, when=WHEN)
    told = judged(child, item)
    assert (told["expiry"], told["ancestors"], told["integrity"]) == ("warn", "pass", "pass")
