"""Keep the active version in memory, swapped as a whole when another is activated."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable

from graphdb import CannotConnectError, Database, GraphDbError
from recommender.errors import ModelNotPublishedError, RecommenderError
from recommender.serve.allocator import give_back_free_memory
from recommender.serve.directives import Directives
from recommender.serve.live_items import LiveItems
from recommender.serve.loader import ServingDisk, load_serving_model
from recommender.serve.model import ServingModel
from recommender.serve.news import NewsFile
from recommender.serve.rehearsal import rehearse, rehearse_others, rehearse_reasons
from recommender.serve.versions import KEPT, ModelShelf

logger = logging.getLogger(__name__)

POLL_S = 1.0
PLAN_DEADLINE_S = 5.0
POLL_DEADLINE_S = 3.0
AWAY_POLL_DEADLINE_S = 1.5  # the driver pauses longer after each failure of one query
LONGEST_PAUSE_S = 60.0


class ModelWatcher:
    """The active model, followed by a thread that asks the database once a second.

    Readers take :attr:`model` once and answer from that object alone. A new version is loaded
    beside the old one and the reference then changes in one step. While the database is away, or
    a new version cannot be read, the last good one goes on answering. :attr:`items` has what was
    hidden or deleted meanwhile; by ``news`` the workers of a server tell each other.
    """

    def __init__(
        self,
        database: Database,
        *,
        poll_s: float = POLL_S,
        disk: ServingDisk | None = None,
        news: NewsFile | None = None,
    ) -> None:
        self.database = database
        self.items = LiveItems(database, news)
        self.disk = disk
        self._shelf = ModelShelf(database, disk)
        self.model: ServingModel | None = None
        self.directives = Directives()
        self.is_database_away = False
        self.published_ms: int | None = None  # when the model was, since 1970
        self.problem: str | None = None  # why there is no newer model, for people
        self._poll_s = poll_s
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._others: list[Callable[[], None]] = []
        self._retry_at: dict[str, tuple[float, float]] = {}  # version: (not before, pause)

    def prepare(self) -> None:
        """Load the active model, and have the database plan what requests ask.

        Raises
        ------
        GraphDbError
            If the database does not answer.
        RecommenderError
            If there is no model, or it cannot be read.
        """
        self.model = load_serving_model(self.database, disk=self.disk)
        self._rehearse(rehearse)

    def start(self) -> None:
        """Load the active model if there is one, then follow it on a thread of its own."""
        self.poll()
        if not self.is_database_away:
            self._rehearse(rehearse)
        self._thread = threading.Thread(target=self._run, name="model watcher", daemon=True)
        self._thread.start()

    def also_poll(self, other: Callable[[], None]) -> None:
        """Have something else that is read from the database read with each poll."""
        self._others.append(other)

    def stop(self) -> None:
        """End the thread; the model stays."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(POLL_DEADLINE_S + 1)

    def current(self) -> ServingModel:
        """Return the model to answer one request from.

        Raises
        ------
        ModelNotPublishedError
            If none was loaded yet.
        """
        model = self.model
        if model is None:
            raise ModelNotPublishedError(self.problem or "No model is published yet.")
        return model

    def version(self, version: str | None, *, deadline_s: float | None = None) -> ServingModel:
        """Return the active model, or another ready version; see :meth:`ModelShelf.get`.

        The one that was active before is still in memory for those who turn its pages.
        """
        model = self.current()
        if version is None or version == model.version:
            return model
        return self._shelf.get(version, like=model, deadline_s=deadline_s)

    def in_memory(self, version: str) -> ServingModel | None:
        """Return a version if it is in memory; the database is not asked."""
        model = self.model
        return model if model and model.version == version else self._shelf.find(version)

    def _read_for_experiments(self) -> None:
        """Begin to read versions that experiments answer from: as many as are kept, in turn."""
        changes = [
            variant.changes.model
            for experiment in self.directives.experiments
            for variant in experiment.variants
        ]
        active = self.model.version if self.model else None
        wanted = [version for version in dict.fromkeys(changes) if version not in (None, active)]
        for version in wanted[:KEPT]:
            if version is not None and self._shelf.find(version) is None:
                with contextlib.suppress(GraphDbError, RecommenderError):
                    self._shelf.get(version, like=self.model, deadline_s=self._poll_s)

    def check_database(self) -> None:
        """Raise CannotConnectError at once while the database is known to be away."""
        if self.is_database_away:
            raise CannotConnectError("The database does not answer.")

    def poll(self) -> None:
        """Ask once which version is active, and what items were changed, and follow both."""
        deadline_s = AWAY_POLL_DEADLINE_S if self.is_database_away else POLL_DEADLINE_S
        try:
            rows = self.database.read("serve/active_version", deadline_s=deadline_s)
            self.items.poll(deadline_s=deadline_s)
            self.directives.poll(self.database, self.model, deadline_s=deadline_s)
        except GraphDbError as error:
            self._note_away(error)
            self.directives.tick(self.model)
            return
        was_away = self.is_database_away
        if was_away:
            self._rehearse(rehearse_reasons)
            logger.warning("The database answers again.")
            self.is_database_away = False
        self._follow(rows[0]["version"] if rows else None)
        if self.model is not None and rows and rows[0]["version"] == self.model.version:
            self.published_ms = rows[0]["published_ms"]
        self._refresh()
        self.directives.tick(self.model)
        for other in self._others:
            other()
        if was_away:
            self._rehearse(rehearse_others)  # requests do not wait for these
        self._read_for_experiments()

    def _rehearse(self, part: Callable[..., None]) -> None:
        """Let a database that was started just now plan what requests ask; else it takes no time.

        It would plan it for each request in turn, none of which has the time.
        """
        relation = self.model.relation if self.model else None
        try:
            part(self.database, relation, deadline_s=PLAN_DEADLINE_S)
        except GraphDbError as error:
            logger.warning("The database could not plan what requests ask: %s", error)

    def _refresh(self) -> None:
        """Bring the models in memory up to date with the items."""
        model = self.model
        try:
            if model is not None:
                updated = self.items.refreshed(model, deadline_s=POLL_DEADLINE_S)
                self.model = updated or load_serving_model(
                    self.database, model.version, disk=self.disk, like=model
                )
            self._shelf.refresh(self.items)
        except (GraphDbError, RecommenderError) as error:
            logger.warning("Changed items cannot be read: %s It will be tried again.", error)

    def _note_away(self, error: GraphDbError) -> None:
        self.problem = "The database does not answer, and no model was loaded before."
        if not self.is_database_away:
            version = self.model.version if self.model else None
            logger.warning("The database is away: %s Answering from model %s.", error, version)
            self.is_database_away = True

    def _follow(self, version: str | None) -> None:
        if version is None:
            if self.model is not None:
                logger.warning("No model is active any more.")
            self.model = None
            self.problem = "No model is published yet. Run `footpath fit` first."
        elif self.model is None or version != self.model.version:
            self._load(version)

    def _load(self, version: str) -> None:
        not_before, pause = self._retry_at.get(version, (0.0, self._poll_s))
        if time.monotonic() < not_before:
            return
        try:
            started = time.monotonic()
            model = load_serving_model(self.database, version, disk=self.disk, like=self.model)
        except Exception as error:  # whatever is wrong with it, the old one goes on answering
            self.problem = f"Model {version} cannot be loaded."
            old = self.model.version if self.model else None
            logger.error("Model %s cannot be loaded: %s Answering from %s.", version, error, old)
            self._retry_at = {version: (time.monotonic() + pause, min(2 * pause, LONGEST_PAUSE_S))}
            return
        if self.model is not None:
            self._shelf.put(self.model)
        self.model = model
        self.problem = None
        self._retry_at = {}
        give_back_free_memory()
        seconds = time.monotonic() - started
        logger.info("Model %s: %d items in memory, %.1f s.", version, model.n_items, seconds)

    def _run(self) -> None:
        while not self._stop.wait(self._poll_s / (4 if self.is_database_away else 1)):
            try:
                self.poll()
            except Exception:  # the thread must outlive whatever one poll runs into
                logger.exception("Following the active model failed; it will be tried again.")
