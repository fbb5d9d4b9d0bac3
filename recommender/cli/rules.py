"""``footpath rules``: business rules as data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.table import Table

from recommender.cli.console import json_option, print_json, stdout
from recommender.cli.database import open_for_command
from recommender.cli.directives import (
    check_is_one_way,
    find_named,
    given,
    print_whole,
    shared_options,
    shown,
    unknown,
    warn_of,
    when,
)
from recommender.errors import InvalidParameterError

if TYPE_CHECKING:
    from graphdb import Database
    from recommender.rules import Rule

KINDS = ("boost", "bury", "hide", "pin", "cap")


@click.group("rules")
def command() -> None:
    r"""Boost, bury, hide, pin and cap items in the lists that `footpath serve` answers with.

    Running servers act by a change within two seconds. Filters are those of the API's `filter`.

    \b
    Examples:
      footpath rules add new-first --kind boost --filter "is_new = true" --factor 1.5
      footpath rules add sold-out --kind hide --filter "in_stock = false"
      footpath rules add gift --kind pin --item-id 22469 --place 1 --valid-until 2026-12-24
      footpath rules add variety --kind cap --each category --at-most 3
      footpath rules add --file rules.toml
      footpath rules check
    """


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List every rule, by name."""
    from recommender.rules import list_rules

    with open_for_command() as database:
        rules, problems = list_rules(database)
    if as_json:
        print_json({"rules": [shown(rule) for rule in rules], "problems": problems})
        return
    warn_of(problems)
    if not rules:
        stdout.print("No rules. `footpath rules add --help` shows how to make one.")
        return
    table = Table("name", "what", "about", "where", "when", box=None)
    for rule in rules:
        about = rule.filter or (f"item {rule.item_id}" if rule.item_id else "all")
        where = ", ".join(rule.routes) + (f"; beside {rule.beside}" if rule.beside else "")
        cells = (rule.name, _what(rule), about, where, when(rule))
        table.add_row(*(escape(cell) for cell in cells))
    stdout.print(table)


@command.command("show")
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show one rule whole."""
    from recommender.rules import list_rules

    with open_for_command() as database:
        rules, _ = list_rules(database)
    print_whole(find_named(rules, name, "rule"), as_json)


@command.command("add")
@click.argument("name", required=False)
@click.option("--kind", type=click.Choice(KINDS), help="What it does to the items.")
@click.option("--filter", metavar="FILTER", help="Which items it is about; all kinds but pin.")
@click.option("--factor", type=float, help="Of boost (above 1) and bury (below 1).")
@click.option("--item-id", help="Of pin: which item.")
@click.option("--place", type=int, help="Of pin: which place, from 1.")
@click.option("--at-most", type=int, help="Of cap: how many a list may have.")
@click.option("--each", metavar="PROPERTY", help="Of cap: count each value by itself.")
@click.option("--beside", metavar="FILTER", help="Only beside items that pass.")
@click.option("--priority", type=int, help="Of two pins of one place the higher has it.")
@shared_options
@json_option
def add(name: str | None, file: Path | None, as_json: bool, **options: Any) -> None:
    r"""Make a rule, or replace the one of that name; or take the rules of a file.

    Filters are checked against the items that are loaded. A file is a list of tables named rules,
    with the members that `footpath rules show --json` prints:

    \b
      [[rules]]
      name = "new-first"
      kind = "boost"
      filter = "is_new = true"
      factor = 1.5
    """
    from recommender.directives import checked, read_directives
    from recommender.rules import Rule, put_rules

    values = given(options)
    check_is_one_way(name, file, values)
    if file is not None:
        rules = read_directives(file, Rule, "rules")
    else:
        rules = [checked(Rule, {**values, "name": name}, f"Rule '{name}'")]
    with open_for_command() as database:
        for rule, problem, _ in _checks(database, rules):
            if problem is not None and rule.kind != "pin":
                raise InvalidParameterError(f"Rule '{rule.name}': {problem}")
        put_rules(database, rules)
    if as_json:
        print_json({"rules": [shown(rule) for rule in rules]})
    else:
        stdout.print(f"{len(rules)} {'rule' if len(rules) == 1 else 'rules'} kept.")


@command.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Delete a rule by its name."""
    from recommender.rules import delete_rule

    with open_for_command() as database:
        if not delete_rule(database, name):
            raise unknown(name, "rule")
    stdout.print(f"Rule {escape(name)} is gone.")


@command.command("check")
@json_option
def check(as_json: bool) -> int:
    """Say of every rule how many of the loaded items it is about; exit with 1 if one cannot act."""
    from recommender.rules import list_rules

    with open_for_command() as database:
        rules, problems = list_rules(database)
        checks = _checks(database, rules)
    if as_json:
        found = [
            {"name": rule.name, "n_items": n_items, "problem": problem}
            for rule, problem, n_items in checks
        ]
        print_json({"rules": found, "problems": problems})
    else:
        warn_of(problems)
        for rule, problem, n_items in checks:
            said = problem or f"about {n_items:,} items" + (": none acts" if not n_items else "")
            stdout.print(f"{escape(rule.name)}: {escape(said)}")
    return 1 if problems or any(problem for _, problem, _ in checks) else 0


def _checks(database: Database, rules: list[Rule]) -> list[tuple[Rule, str | None, int | None]]:
    """Return each rule with what is wrong with it, or how many items it is about."""
    from recommender.serve import read_columns
    from recommender.serve.rules import RuleBook

    columns = read_columns(database) if rules else {}
    if not rules or not len(columns["item_id"].known):
        return [(rule, None, None) for rule in rules]
    ids = columns["item_id"]
    row_of = {str(ids.value(row)): row for row in range(len(ids.known))}
    book = RuleBook(rules, columns, row_of)
    return [
        (
            rule,
            book.problems.get(rule.name),
            book.booked[rule.name].n_items if rule.name in book.booked else None,
        )
        for rule in rules
    ]


def _what(rule: Rule) -> str:
    if rule.kind in ("boost", "bury"):
        return f"{rule.kind} × {rule.factor:g}"
    if rule.kind == "pin":
        return f"pin at {rule.place}"
    if rule.kind == "cap":
        return f"at most {rule.at_most}" + (f" of each {rule.each}" if rule.each else "")
    return rule.kind
