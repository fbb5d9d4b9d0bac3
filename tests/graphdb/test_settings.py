"""Settings come from the environment and keep the password to themselves."""

from pathlib import Path

import pytest

from graphdb import Neo4jSettings, SettingsError

URI = {"NEO4J_URI": "neo4j://db.example.com:7687"}


def test_no_uri_means_no_settings() -> None:
    assert Neo4jSettings.from_environment({"NEO4J_PASSWORD": "x"}) is None


def test_user_and_database_have_defaults() -> None:
    settings = Neo4jSettings.from_environment({**URI, "NEO4J_PASSWORD": "s3cret"})
    assert settings is not None
    assert (settings.username, settings.database) == ("neo4j", "neo4j")


def test_password_is_never_printed() -> None:
    settings = Neo4jSettings.from_environment({**URI, "NEO4J_PASSWORD": "s3cret"})
    assert "s3cret" not in f"{settings} {settings!r}"


def test_password_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("s3cret\n", encoding="utf-8")
    settings = Neo4jSettings.from_environment({**URI, "NEO4J_PASSWORD_FILE": str(file)})
    assert settings is not None
    assert settings.password == "s3cret"


def test_the_variables_of_a_database_select_it() -> None:
    settings = Neo4jSettings("bolt://db:7687", "ann", "s3cret", "shop")
    assert Neo4jSettings.from_environment(settings.as_environment()) == settings


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        (URI, "NEO4J_PASSWORD is not"),
        ({"NEO4J_URI": "http://localhost:7474", "NEO4J_PASSWORD": "x"}, "scheme 'http'"),
        ({"NEO4J_URI": "bolt://neo4j:hush@localhost", "NEO4J_PASSWORD": "x"}, "NEO4J_USERNAME"),
        ({**URI, "NEO4J_PASSWORD_FILE": "/no/such/file"}, "/no/such/file"),
    ],
    ids=["no password", "http", "password in the address", "no such file"],
)
def test_a_wrong_setting_says_what_to_do(environ: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        Neo4jSettings.from_environment(environ)
    assert "hush" not in str(caught.value)
