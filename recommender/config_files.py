"""Chosen settings as a TOML file that people read and change: what ``footpath tune`` writes."""

from __future__ import annotations

import difflib
import hashlib
import json
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import tomlkit
from tomlkit.items import AoT, Table

from recommender.config_comments import COMMENTS
from recommender.errors import InvalidDataError, InvalidParameterError
from recommender.evaluate.validation import Trial
from recommender.fitted import Choice
from recommender.relate import RelateSettings
from recommender.score import ReadOut, ScoreSettings
from recommender.train import (
    TRAINER_NAMES,
    LearnedFrom,
    SpectralSettings,
    SpectralTrainer,
    Trainer,
    TrainerName,
    TrainSettings,
    Word2VecTrainer,
)
from recommender.walks import WalkSettings
from recommender.walks.corpus import replacing

Settings = TypeVar("Settings")
Values = dict[str, Any]

TABLES = ("scoring", "relate", "trainer")
EVIDENCE = "evidence"
_TRAINER_PARTS: dict[str, dict[str, type]] = {
    "spectral": {"settings": SpectralSettings},
    "word2vec": {"walk": WalkSettings, "settings": TrainSettings},
}


def choice_values(choice: Choice) -> Values:
    """Return the settings of a choice as plain values; what is not set is left out."""
    trainer: Any = choice.trainer
    # The name first: it says what the rest is.
    named = {"name": choice.trainer.name, **asdict(trainer)}
    tables = (asdict(choice.scoring), asdict(choice.relate), named)
    return {name: _set(table) for name, table in zip(TABLES, tables, strict=True)}


def choice_of(values: Mapping[str, Any], where: str) -> Choice:
    """Return the choice of plain values; a missing key has its default, a missing table has none.

    Parameters
    ----------
    values : mapping
        As :func:`choice_values` gives them.
    where : str
        What messages name as their place.

    Raises
    ------
    InvalidDataError
        If a table is missing, a table or a key is not known, or a value has no meaning there.
    """
    root = _Place(where)
    root.refuse_unknown(values, TABLES)
    for name in TABLES:
        if name not in values:
            raise InvalidDataError(
                f"{where} has no table [{name}]. Add it, or make the file with `footpath tune`."
            )
    tables = {name: root.table(values, name) for name in TABLES}
    scoring, place = dict(tables["scoring"]), root.inner("scoring")
    for name in ("graph_read_out", "embedding_read_out"):
        if name in scoring:
            scoring[name] = place.inner(name).built(ReadOut, place.table(scoring, name))
    return Choice(
        place.built(ScoreSettings, scoring),
        root.inner("relate").built(RelateSettings, tables["relate"]),
        _trainer(root.inner("trainer"), tables["trainer"]),
    )


def save_choice(path: Path, choice: Choice, evidence: Values) -> None:
    """Write a choice and its evidence; the file appears whole or not at all.

    Raises
    ------
    InvalidDataError
        If the file cannot be written.
    """
    values = choice_values(choice)
    document = tomlkit.document()
    document.add(tomlkit.comment("Settings for `footpath fit --config`; change what you like."))
    for name, table in values.items():
        document.add(name, _table(name, table))
    proof = {**evidence, "settings_sha256": _sha256(values)}
    document.add(EVIDENCE, _table(EVIDENCE, _set(proof)))
    with replacing(path) as file:
        file.write(tomlkit.dumps(document).encode("utf-8"))


def load_choice(path: Path) -> Choice:
    """Return the choice of a file that :func:`save_choice` wrote, or somebody after its pattern.

    Where the settings are those the evidence is of, the choice has its value and says so.

    Raises
    ------
    InvalidDataError
        If the file is not TOML, a table or a key is not known, or a value has no meaning there; the
        message names file, table, key and value, and what to do.
    """
    values = _read(path)
    evidence = values.pop(EVIDENCE, {})
    choice = choice_of(values, f"'{path}'")
    reason = f"Settings of {path.name}."
    if not isinstance(evidence, dict) or not _is_proof(evidence, choice):
        return replace(choice, reasons=(f"{reason} They are not what was tuned, so no value.",))
    trial = Trial(
        "hybrid", {"embedding_share": choice.scoring.embedding_share}, evidence["value"], 0.0
    )
    reasons = (reason, *(str(evidence[name]) for name in ("data", "validation", "summary")))
    return replace(choice, k=evidence["k"], reasons=reasons, trials=(trial,))


def tuned_on(path: Path) -> str | None:
    """Return the SHA-256 of the histories that a file's settings were searched on, if it says."""
    evidence = _read(path).get(EVIDENCE, {})
    said = evidence.get("data_sha256") if isinstance(evidence, dict) else None
    return said if isinstance(said, str) else None


def _read(path: Path) -> Values:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidDataError(
            f"'{path}' is not a file of settings: {error}. Make one with `footpath tune`."
        ) from error


def _is_proof(evidence: Values, choice: Choice) -> bool:
    """Return whether evidence is whole and of these very settings."""
    kinds: dict[str, type] = {"k": int, "value": float, "data": str, "validation": str}
    kinds["summary"] = str
    is_whole = all(type(evidence.get(name)) is kind for name, kind in kinds.items())
    return is_whole and evidence.get("settings_sha256") == _sha256(choice_values(choice))


def _sha256(values: Values) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode("ascii")).hexdigest()


def _set(table: Values) -> Values:
    """Return a table without what is not set: TOML has no word for it."""
    return {
        key: _set(value) if isinstance(value, dict) else value
        for key, value in table.items()
        if value is not None
    }


# -- reading ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Place:
    """A table of a file, for messages and checks."""

    file: str
    table_name: str = ""

    def __str__(self) -> str:
        return f"{self.file}, [{self.table_name}]" if self.table_name else self.file

    def inner(self, name: str) -> _Place:
        """Return the place of a table in this one."""
        return _Place(self.file, f"{self.table_name}.{name}" if self.table_name else name)

    def table(self, values: Mapping[str, Any], name: str) -> Values:
        """Return a table in this one; an empty one if there is none."""
        table = values.get(name, {})
        if not isinstance(table, dict):
            raise InvalidDataError(
                f"{self}: {name} is {table!r}. Make it a table, [{self.inner(name).table_name}]."
            )
        return table

    def refuse_unknown(self, table: Iterable[str], known: Iterable[str]) -> None:
        """Raise InvalidDataError for a key that is not known."""
        names = list(known)
        for key in table:
            if key not in names:
                near = difflib.get_close_matches(key, names, 1)
                hint = f"Did you mean '{near[0]}'?" if near else f"There are {', '.join(names)}."
                value = f" (= {table[key]!r})" if isinstance(table, Mapping) else ""
                raise InvalidDataError(
                    f"{self}: there is no key '{key}'{value}. {hint} Or take it out."
                )

    def built(self, kind: type[Settings], table: Values) -> Settings:
        """Return settings of a table, every key known and every value of its type and range."""
        self.refuse_unknown(table, [field.name for field in fields(kind)])  # type: ignore[arg-type]
        hints = get_type_hints(kind)
        checked = {key: self.checked(key, value, hints[key]) for key, value in table.items()}
        try:
            return kind(**checked)
        except InvalidParameterError as error:
            raise InvalidDataError(f"{self}: {error}") from error

    def checked(self, key: str, value: Any, hint: Any) -> Any:
        """Return a value, a whole number as a float where one is wanted.

        Raises
        ------
        InvalidDataError
            If it is of another type, or none of the words or numbers that are allowed.
        """
        if get_origin(hint) is Literal:
            if value not in get_args(hint):
                wanted = f"one of {', '.join(get_args(hint))}"
                raise InvalidDataError(f"{self}: {key} is {value!r}. Give {wanted}.")
            return value
        kinds = set(get_args(hint) or (hint,)) - {NoneType}
        if float in kinds and type(value) is int:
            value = float(value)
        is_bad = isinstance(value, float) and not math.isfinite(value)
        if type(value) not in kinds or is_bad:
            wanted = " or ".join(_TYPES.get(kind, kind.__name__) for kind in kinds)
            raise InvalidDataError(f"{self}: {key} is {value!r}. Give {wanted}.")
        return value


_TYPES = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text in quotes",
}


def _trainer(place: _Place, table: Values) -> Trainer:
    if "name" not in table:
        raise InvalidDataError(f"{place} has no key name. Give {' or '.join(TRAINER_NAMES)}.")
    name = place.checked("name", table["name"], TrainerName)
    kinds = _TRAINER_PARTS[name]
    place.refuse_unknown(table, ("name", "learned_from", *kinds))
    source = place.checked("learned_from", table.get("learned_from", "histories"), LearnedFrom)
    parts: dict[str, Any] = {
        part: place.inner(part).built(kind, place.table(table, part))
        for part, kind in kinds.items()
    }
    if name == "spectral":
        return SpectralTrainer(source, **parts)
    return Word2VecTrainer(source, **parts)


# -- writing ----------------------------------------------------------------------------------


def _table(name: str, values: Values) -> Table:
    """Return a table with a comment for each key that has one; inner tables come last."""
    table = tomlkit.table()
    if name in COMMENTS:
        table.add(tomlkit.comment(COMMENTS[name]))
    inner: Values = {k: value for k, value in values.items() if isinstance(value, dict | list)}
    for key, value in values.items():
        if key not in inner:
            item = tomlkit.item(value)
            if f"{name}.{key}" in COMMENTS:
                item.comment(COMMENTS[f"{name}.{key}"])
            table.add(key, item)
    for key, part in inner.items():
        is_rows = isinstance(part, list)
        table.add(key, _rows(part) if is_rows else _table(f"{name}.{key}", part))
    return table


def _rows(rows: list[Values]) -> AoT:
    """Return an array of tables, inner tables on one line."""
    tables = tomlkit.aot()
    for row in rows:
        table = tomlkit.table()
        for key, value in row.items():
            inline = tomlkit.inline_table()
            if isinstance(value, dict):
                inline.update(value)
            table.add(key, inline if isinstance(value, dict) else value)
        tables.append(table)
    return tables
