"""The rules and experiments in force, kept current beside the active model."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import Any
from weakref import ref

from graphdb import Database
from recommender.directives import Route, checked_rows
from recommender.experiments import Experiment, experiments_of
from recommender.rules import Rule
from recommender.serve.model import ServingModel
from recommender.serve.rules import ListRules, RuleBook

logger = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


class _InForce:
    """Rules and experiments of one moment, and the books that were made of the rules."""

    def __init__(self, rules: tuple[Rule, ...], experiments: tuple[Experiment, ...]) -> None:
        self.rules = rules
        self.experiments = experiments
        # Models are only pointed at: those that nobody answers from any more may go.
        self._books: tuple[tuple[ref[ServingModel], RuleBook], ...] = ()
        self._lock = Lock()

    def book(self, model: ServingModel) -> RuleBook:
        """Return the rules over a model's catalogue."""
        return self._find(model) or self._make(model)

    def _find(self, model: ServingModel) -> RuleBook | None:
        return next((book for known, book in self._books if known() is model), None)

    def _make(self, model: ServingModel) -> RuleBook:
        with self._lock:
            book = self._find(model)
            if book is None:
                book = RuleBook(self.rules, model.columns, model.row_of)
                for name, problem in book.problems.items():
                    logger.warning("Rule %s is without effect: %s", name, problem)
                alive = [each for each in self._books if each[0]() is not None]
                self._books = (*alive, (ref(model), book))
            return book


class Directives:
    """What the database says of rules and experiments, and which of them hold now.

    Answers read :attr:`experiments` and :meth:`book`; both change in one step. While the database
    is away the last ones known go on, and begin and end as their dates say.
    """

    def __init__(self, now: Callable[[], datetime] = _now) -> None:
        self._now = now
        self._lock = Lock()
        self._seen: dict[str, list[Any]] = {"rules": [], "experiments": []}
        self._rules: list[Rule] = []
        self._experiments: list[Experiment] = []
        self._in_force = _InForce((), ())

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """The experiments that run now, in the order of their names."""
        return self._in_force.experiments

    def book(self, model: ServingModel) -> RuleBook | None:
        """Return the rules in force over a model's catalogue, None if there are none."""
        in_force = self._in_force
        return in_force.book(model) if in_force.rules else None

    def rules_of(self, model: ServingModel, route: Route, item_id: str | None) -> ListRules | None:
        """Return the rules of a list beside an item, None if there are none."""
        book = self.book(model)
        if book is None:
            return None
        return book.of_list(route, None if item_id is None else model.row_of.get(item_id))

    def poll(
        self, database: Database, model: ServingModel | None, *, deadline_s: float | None = None
    ) -> None:
        """Read rules and experiments if they have changed, and put in force what holds now.

        Raises
        ------
        GraphDbError
            If the database cannot be asked.
        """
        with self._lock:
            rows = database.read("serve/changed_directives", **self._seen, deadline_s=deadline_s)
            if rows:
                self._understand(rows[0])
        self.tick(model)

    def tick(self, model: ServingModel | None) -> None:
        """Put in force what holds now; the book of a model is made before answers need it."""
        now = self._now()
        with self._lock:
            rules = tuple(rule for rule in self._rules if rule.holds(now))
            experiments = tuple(each for each in self._experiments if each.holds(now))
            old = self._in_force
            if (rules, experiments) != (old.rules, old.experiments):
                fresh = _InForce(rules, experiments)
                if rules and model is not None:
                    fresh.book(model)
                self._in_force = fresh
                logger.info("In force: %d rules, %d experiments.", len(rules), len(experiments))
        if rules and model is not None:
            self._in_force.book(model)

    def _understand(self, row: dict[str, Any]) -> None:
        self._seen = row
        self._rules, rule_problems = checked_rows(Rule, [_set(node) for node in row["rules"]])
        self._experiments, experiment_problems = experiments_of(
            [_set(node) for node in row["experiments"]]
        )
        for problem in (*rule_problems.values(), *experiment_problems.values()):
            logger.warning("A node of the database is passed over: %s", problem)


def _set(node: dict[str, Any]) -> dict[str, Any]:
    """Return what is set; times that are not come as empty texts."""
    return {name: value for name, value in node.items() if value != ""}
