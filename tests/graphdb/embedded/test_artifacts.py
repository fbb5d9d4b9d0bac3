"""Jars: what is on the list runs, anything else does not."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Any

import pytest

from graphdb import EmbeddedServerError
from graphdb.embedded import artifacts
from graphdb.embedded.artifacts import JarList, fetch_jars, load_jar_list, split_jar_path

JAR = "org/example/thing/1.0/thing-1.0.jar"
OTHER = "org/example/other/2/other-2-linux.jar"
LISTED = JarList(
    "1.0",
    "Main",
    {JAR: hashlib.sha256(b"thing").hexdigest(), OTHER: hashlib.sha256(b"other").hexdigest()},
)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "m2"


@pytest.fixture
def environ(cache: Path) -> dict[str, str]:
    return {"M2_REPO": str(cache)}


def put(cache: Path, path: str, content: bytes) -> None:
    (cache / path).parent.mkdir(parents=True)
    (cache / path).write_bytes(content)


class FakeContext:
    """Stands in for jgo's MavenContext: "downloads" what it was given, and counts the tries."""

    def __init__(self, staging: Path, answers: dict[str, list[bytes | Exception]]) -> None:
        self.staging = staging
        self.answers = answers
        self.wanted = ""

    def project(self, group: str, artifact: str) -> FakeContext:
        self.wanted = next(path for path in self.answers if f"/{artifact}/" in path)
        return FakeArtifact(self.staging, self.answers, self.wanted)

    def at_version(self, version: str) -> FakeContext:
        return self

    def artifact(self, classifier: str) -> FakeContext:
        return self


class FakeArtifact(FakeContext):
    def __init__(self, staging: Path, answers: Any, wanted: str) -> None:
        super().__init__(staging, answers)
        self.wanted = wanted

    def resolve(self) -> None:
        answer = self.answers[self.wanted].pop(0)
        if isinstance(answer, Exception):
            raise answer
        (self.staging / self.wanted).parent.mkdir(parents=True, exist_ok=True)
        (self.staging / self.wanted).write_bytes(answer)


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[bytes | Exception]]:
    """What the repository answers for each path, in order."""
    answers: dict[str, list[bytes | Exception]] = {}
    monkeypatch.setattr(
        artifacts, "_maven_context", lambda staging, environ: FakeContext(staging, answers)
    )
    return answers


def test_jars_in_the_cache_need_no_network(
    cache: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(cache, JAR, b"thing")
    put(cache, OTHER, b"other")
    monkeypatch.delattr(artifacts, "_maven_context")
    assert fetch_jars(LISTED, environ) == [cache / JAR, cache / OTHER]


def test_a_changed_jar_in_the_cache_is_refused_by_name(
    cache: Path, environ: dict[str, str]
) -> None:
    put(cache, JAR, b"thing with a back door")
    put(cache, OTHER, b"other")
    with pytest.raises(EmbeddedServerError, match=r"thing-1\.0\.jar .*SHA-256.* Delete /"):
        fetch_jars(LISTED, environ)


def test_only_missing_jars_are_fetched_and_progress_counts_them(
    cache: Path, environ: dict[str, str], repository: dict[str, list[bytes | Exception]]
) -> None:
    put(cache, JAR, b"thing")
    repository[OTHER] = [b"other"]
    seen: list[tuple[int, int]] = []
    jars = fetch_jars(LISTED, environ, progress=lambda done, total: seen.append((done, total)))
    assert jars[1].read_bytes() == b"other"
    assert seen == [(1, 2), (2, 2)]
    assert [file.name for file in cache.iterdir()] == ["org"]  # nothing else is left


def test_a_wrong_download_never_reaches_the_cache(
    cache: Path, environ: dict[str, str], repository: dict[str, list[bytes | Exception]]
) -> None:
    put(cache, JAR, b"thing")
    repository[OTHER] = [b"other, cut o"]
    with pytest.raises(EmbeddedServerError, match=r"other-2-linux\.jar was downloaded, but"):
        fetch_jars(LISTED, environ)
    assert not (cache / OTHER).exists()


def test_a_download_is_tried_three_times(
    cache: Path, environ: dict[str, str], repository: dict[str, list[bytes | Exception]]
) -> None:
    put(cache, JAR, b"thing")
    repository[OTHER] = [ConnectionError(), RuntimeError("404"), b"other"]
    assert len(fetch_jars(LISTED, environ)) == 2
    (cache / OTHER).unlink()
    repository[OTHER] = [ConnectionError(), ConnectionError(), ConnectionError()]
    with pytest.raises(EmbeddedServerError, match=r"other-2-linux.*Check the network"):
        fetch_jars(LISTED, environ)


def test_a_full_disk_is_named(
    cache: Path, environ: dict[str, str], repository: dict[str, list[bytes | Exception]]
) -> None:
    put(cache, JAR, b"thing")
    repository[OTHER] = [OSError(28, "No space left on device")]
    with pytest.raises(EmbeddedServerError, match="The disk is full"):
        fetch_jars(LISTED, environ)


@pytest.mark.parametrize("version", ["2026.08.1", "5.26.30"])
def test_committed_lists_name_jars_of_that_version_with_checksums(version: str) -> None:
    jar_list = load_jar_list(version)
    assert f"org/neo4j/app/neo4j-server/{version}/neo4j-server-{version}.jar" in jar_list.checksums
    assert any("neo4j-browser" in path for path in jar_list.checksums)
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in jar_list.checksums.values())
    assert not any(os.path.isabs(path) or ".." in path for path in jar_list.checksums)


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        (JAR, ("org.example", "thing", "1.0", "")),
        (OTHER, ("org.example", "other", "2", "linux")),
        (
            "io/netty/epoll/4.2.Final/epoll-4.2.Final-linux-x86_64.jar",
            ("io.netty", "epoll", "4.2.Final", "linux-x86_64"),
        ),
    ],
    ids=["plain", "classifier", "dashes in the classifier"],
)
def test_a_path_gives_its_maven_coordinates(path: str, parts: tuple[str, ...]) -> None:
    assert split_jar_path(path) == parts
