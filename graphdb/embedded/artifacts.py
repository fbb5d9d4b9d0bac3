"""Fetch Neo4j's jars into the user's Maven cache, and check every one before it runs.

Which jars, and the SHA-256 of each, is committed beside this file (``jars-<version>.json``), so a
start with all jars in the cache needs no network, and a first start downloads them side by side
without resolving anything. :func:`resolve_jar_list` makes such a list for another version.
"""

from __future__ import annotations

import argparse
import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphdb.errors import EmbeddedServerError

NEO4J_VERSION = "2026.08.1"
BROWSER_VERSION = "5.24.0"

# Small files from one host: the wait is for answers, not for the line.
N_DOWNLOADS = 8
N_ATTEMPTS = 3
DOWNLOAD_TIMEOUT_S = 60

ProgressCallback = Callable[[int, int], None]


@dataclass(frozen=True)
class JarList:
    """The jars of one Neo4j version: path inside a Maven repository, and SHA-256 in hex."""

    version: str
    main_class: str
    checksums: Mapping[str, str]  # in class path order


def load_jar_list(version: str = NEO4J_VERSION) -> JarList:
    """Return the committed list of one version."""
    file = Path(__file__).parent / f"jars-{version}.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    return JarList(content["version"], content["main_class"], content["jars"])


def maven_cache(environ: Mapping[str, str]) -> Path:
    """Return the user's Maven cache: ``M2_REPO``, or ``~/.m2/repository``."""
    chosen = environ.get("M2_REPO", "").strip()
    return Path(chosen).expanduser() if chosen else Path.home() / ".m2" / "repository"


def fetch_jars(
    jar_list: JarList,
    environ: Mapping[str, str],
    *,
    progress: ProgressCallback = lambda done, total: None,
) -> list[Path]:
    """Return the jars in class path order, each in the Maven cache and equal to its SHA-256.

    Jars that are missing are downloaded to a folder beside the cache, checked, and only then moved
    into it, so an interrupted download leaves nothing that looks whole.

    Raises
    ------
    EmbeddedServerError
        If a jar differs from the list, cannot be downloaded, or the disk is full.
    """
    cache = maven_cache(environ)
    total = len(jar_list.checksums)
    missing = [path for path in jar_list.checksums if not (cache / path).is_file()]
    with ThreadPoolExecutor(N_DOWNLOADS) as pool:
        present = [path for path in jar_list.checksums if path not in set(missing)]
        for path in pool.map(lambda path: _wrong_jar(cache, path, jar_list), present):
            if path is not None:
                raise _mismatch(cache / path)
    if missing:
        progress(total - len(missing), total)
        _download_all(missing, jar_list, cache, environ, progress)
    return [cache / path for path in jar_list.checksums]


def _wrong_jar(folder: Path, path: str, jar_list: JarList) -> str | None:
    """Return the path if the jar under ``folder`` is not the listed one."""
    with (folder / path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return None if digest == jar_list.checksums[path] else path


def _mismatch(file: Path) -> EmbeddedServerError:
    return EmbeddedServerError(
        f"{file.name} is not the file that Footpath was tested with (its SHA-256 differs), so it "
        f"is not run. Delete {file} and try again."
    )


def _download_all(
    paths: list[str],
    jar_list: JarList,
    cache: Path,
    environ: Mapping[str, str],
    progress: ProgressCallback,
) -> None:
    total = len(jar_list.checksums)
    done = total - len(paths)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".footpath-", dir=cache))
    except OSError as error:
        raise _disk_error(cache, error) from error
    pool = ThreadPoolExecutor(N_DOWNLOADS)
    try:
        context = _maven_context(staging, environ)
        jobs = [pool.submit(_download, context, path, staging, jar_list, cache) for path in paths]
        for job in as_completed(jobs):
            job.result()
            done += 1
            progress(done, total)
    except OSError as error:
        raise _disk_error(cache, error) from error
    finally:
        pool.shutdown(cancel_futures=True)
        shutil.rmtree(staging, ignore_errors=True)


def _maven_context(staging: Path, environ: Mapping[str, str]) -> Any:
    from jgo.maven import MavenContext  # slow to import, and seldom needed

    mirror = environ.get("FOOTPATH_MAVEN_MIRROR", "").strip().rstrip("/")
    return MavenContext(
        repo_cache=staging,
        remote_repos={"mirror": mirror} if mirror else None,
        timeout=DOWNLOAD_TIMEOUT_S,
    )


def _download(context: Any, path: str, staging: Path, jar_list: JarList, cache: Path) -> None:
    group, artifact, version, classifier = split_jar_path(path)
    file = context.project(group, artifact).at_version(version).artifact(classifier=classifier)
    for attempt in range(1, N_ATTEMPTS + 1):
        try:
            (staging / path).unlink(missing_ok=True)
            file.resolve()
            break
        except (OSError, RuntimeError) as error:
            # requests' errors are OSErrors too; those of the disk carry a number.
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                raise
            if attempt == N_ATTEMPTS:
                raise EmbeddedServerError(
                    f"{Path(path).name} could not be downloaded ({type(error).__name__}). Footpath "
                    "fetches Neo4j's jars (about 190 MB) once, at its first start. Check the "
                    "network (HTTPS_PROXY, or FOOTPATH_MAVEN_MIRROR for a Maven mirror of your "
                    "own), or set NEO4J_URI to use a Neo4j that runs already."
                ) from error
    if _wrong_jar(staging, path, jar_list):
        raise EmbeddedServerError(
            f"{Path(path).name} was downloaded, but its SHA-256 is not the one Footpath expects, "
            "so it was thrown away. Try again; if it stays so, the repository or a proxy on the "
            "way changes files."
        )
    (cache / path).parent.mkdir(parents=True, exist_ok=True)
    (staging / path).replace(cache / path)


def split_jar_path(path: str) -> tuple[str, str, str, str]:
    """Return group, artifact, version and classifier (or '') of a path in a Maven repository."""
    *group, artifact, version, name = path.split("/")
    classifier = name.removesuffix(".jar").removeprefix(f"{artifact}-{version}").lstrip("-")
    return ".".join(group), artifact, version, classifier


def _disk_error(folder: Path, error: OSError) -> EmbeddedServerError:
    if error.errno == errno.ENOSPC:
        way_out = "The disk is full: Neo4j's jars need about 190 MB. Free some space and try again."
    else:
        way_out = f"{error.strerror or error}. Check the folder's permissions, or set M2_REPO."
    return EmbeddedServerError(f"Neo4j's jars cannot be kept in {folder}. {way_out}")


def resolve_jar_list(version: str, main_class: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """Resolve a version's jars with jgo and return what a ``jars-<version>.json`` holds."""
    from jgo.maven import MavenContext

    cache = maven_cache(environ)
    context = MavenContext(repo_cache=cache, timeout=DOWNLOAD_TIMEOUT_S)
    roots = [
        f"org.neo4j:neo4j:{version}",
        f"org.neo4j.app:neo4j-server:{version}",
        f"org.neo4j.client:neo4j-browser:{BROWSER_VERSION}",
    ]
    inputs, others = context.resolver.resolve([context.create_dependency(root) for root in roots])
    wanted = [
        dependency
        for dependency in [*inputs, *others]
        if dependency.type == "jar" and dependency.scope not in ("test", "provided")
    ]
    files = dict.fromkeys(Path(dependency.artifact.resolve()) for dependency in wanted)
    return {"version": version, "main_class": main_class, "jars": _checksums(files, cache)}


def _checksums(files: Iterable[Path], cache: Path) -> dict[str, str]:
    return {
        file.relative_to(cache).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }


def main() -> None:
    """Write the jar list of another version: ``python -m graphdb.embedded.artifacts 2026.09.0``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("version")
    parser.add_argument("--main-class", default="org.neo4j.server.Neo4jCommunity")
    arguments = parser.parse_args()
    content = resolve_jar_list(arguments.version, arguments.main_class, os.environ)
    file = Path(__file__).parent / f"jars-{arguments.version}.json"
    file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
