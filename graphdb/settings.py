"""Which Neo4j to talk to: read from the environment, never printed with its password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import user_data_path

from graphdb.errors import SettingsError

SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


@dataclass(frozen=True)
class Neo4jSettings:
    """Address and credentials of one Neo4j database."""

    uri: str
    username: str
    password: str = field(repr=False)
    database: str = "neo4j"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Neo4jSettings | None:
        """Return the server that ``NEO4J_URI`` selects, or None when it is unset or empty.

        Raises
        ------
        SettingsError
            If the address is not one the driver takes, or the password is missing.
        """
        uri = environ.get("NEO4J_URI", "").strip()
        if not uri:
            return None
        parts = urlsplit(uri)
        if parts.scheme not in SCHEMES or not parts.hostname:
            raise SettingsError(
                f"NEO4J_URI has scheme '{parts.scheme}' and host '{parts.hostname or ''}'. "
                f"Set it to something like neo4j://db.example.com:7687 ({', '.join(SCHEMES)})."
            )
        if parts.username or parts.password:
            raise SettingsError(
                "NEO4J_URI holds a user name or password. "
                "Put them into NEO4J_USERNAME and NEO4J_PASSWORD."
            )
        return cls(
            uri=uri,
            username=environ.get("NEO4J_USERNAME") or "neo4j",
            password=_password(environ),
            database=environ.get("NEO4J_DATABASE") or "neo4j",
        )

    def as_environment(self) -> dict[str, str]:
        """Return the variables that select this database, for a process that is to use it.

        They hold the password: give them to a process as its environment, never as arguments.
        """
        return {
            "NEO4J_URI": self.uri,
            "NEO4J_USERNAME": self.username,
            "NEO4J_PASSWORD": self.password,
            "NEO4J_DATABASE": self.database,
        }


def _password(environ: Mapping[str, str]) -> str:
    """Return the password itself, or what the file named by ``NEO4J_PASSWORD_FILE`` holds."""
    password = environ.get("NEO4J_PASSWORD", "")
    if password:
        return password
    file_name = environ.get("NEO4J_PASSWORD_FILE", "")
    if file_name:
        try:
            return Path(file_name).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise SettingsError(
                f"NEO4J_PASSWORD_FILE names '{file_name}', which cannot be read: {error.strerror}."
            ) from error
    raise SettingsError(
        "NEO4J_URI is set but NEO4J_PASSWORD is not. Set NEO4J_PASSWORD (or NEO4J_PASSWORD_FILE), "
        "or unset NEO4J_URI to use Footpath's own Neo4j."
    )


def footpath_home(environ: Mapping[str, str]) -> Path:
    """Return the folder of Footpath's own Neo4j: ``FOOTPATH_HOME``, or the user's data folder."""
    chosen = environ.get("FOOTPATH_HOME", "").strip()
    return Path(chosen).expanduser().absolute() if chosen else user_data_path("footpath")
