"""Versions other than the active one: read when somebody asks for one, a few kept."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict

from graphdb import Database, GraphDbError
from graphdb.contents import SLOTS
from recommender.errors import ModelNotPublishedError, UnknownModelError
from recommender.ids import is_id
from recommender.publish import list_models
from recommender.serve.allocator import give_back_free_memory
from recommender.serve.live_items import LiveItems
from recommender.serve.loader import ServingDisk, load_serving_model
from recommender.serve.model import ServingModel

logger = logging.getLogger(__name__)

KEPT = 2  # each holds histories of its own, and what of its catalogue is not the active one's
REFRESH_DEADLINE_S = 3.0


class ModelShelf:
    """The last versions that were active or asked for, the least used one given up first."""

    def __init__(self, database: Database, disk: ServingDisk | None, n_kept: int = KEPT) -> None:
        self._database = database
        self._disk = disk
        self._n_kept = n_kept
        self._models: OrderedDict[str, ServingModel] = OrderedDict()
        self._loading: dict[str, threading.Event] = {}  # one at most
        self._lock = threading.Lock()

    def put(self, model: ServingModel) -> None:
        """Keep a version that is in memory already."""
        with self._lock:
            self._models[model.version] = model
            self._models.move_to_end(model.version)
            while len(self._models) > self._n_kept:
                self._models.popitem(last=False)

    def get(
        self, version: str, *, like: ServingModel | None = None, deadline_s: float | None = None
    ) -> ServingModel:
        """Return a ready version; one that is not in memory is read on a thread of its own.

        What is equal in ``like`` it shares with that. That the version is still there is asked each
        time, unless the database is away.

        Raises
        ------
        UnknownModelError
            If no such version is ready; the message names those that are.
        ModelNotPublishedError
            If it is still being read when the deadline is over, or cannot be.
        GraphDbError
            If it is not in memory and the database cannot be asked.
        """
        found = self.find(version)
        try:
            self._check(version, deadline_s)
        except GraphDbError:
            if found is None:
                raise
        if found is None:
            self._begin(version, like).wait(deadline_s)
            found = self.find(version)
        if found is None:
            raise ModelNotPublishedError(f"Model '{version}' is still being read. Try again.")
        return found

    def refresh(self, items: LiveItems) -> None:
        """Bring all versions up to date with the items, or give up those that cannot be."""
        with self._lock:
            models = list(self._models.values())
        for model in models:
            updated = items.refreshed(model, deadline_s=REFRESH_DEADLINE_S)
            with self._lock:
                if self._models.get(model.version) is model:
                    if updated is None:
                        del self._models[model.version]
                    else:
                        self._models[model.version] = updated

    def find(self, version: str) -> ServingModel | None:
        """Return a version if it is in memory."""
        with self._lock:
            found = self._models.get(version)
            if found is not None:
                self._models.move_to_end(version)
            return found

    def _check(self, version: str, deadline_s: float | None) -> None:
        rows = (
            self._database.read("serve/find_model", version=version, deadline_s=deadline_s)
            if is_id(version)
            else []
        )
        if rows and rows[0]["status"] == "ready" and rows[0]["slot"] in SLOTS:
            return
        with self._lock:
            self._models.pop(version, None)
        ready = [
            model.version
            for model in list_models(self._database, deadline_s=deadline_s)
            if model.status == "ready" and model.slot in SLOTS
        ]
        raise UnknownModelError(
            f"There is no model '{version[:80]}'. Ready: {', '.join(ready) or 'none'}."
        )

    def _begin(self, version: str, like: ServingModel | None) -> threading.Event:
        """Return what is set when the version has been read or could not be."""
        with self._lock:
            if version not in self._loading:
                if self._loading:
                    raise ModelNotPublishedError("Another model is being read. Try again.")
                self._loading[version] = threading.Event()
                threading.Thread(target=self._load, args=(version, like), daemon=True).start()
            return self._loading[version]

    def _load(self, version: str, like: ServingModel | None) -> None:
        try:
            self.put(load_serving_model(self._database, version, disk=self._disk, like=like))
            give_back_free_memory()
            logger.info("Model %s was asked for and read.", version)
        except Exception as error:  # whoever asked is told that it is not there
            logger.error("Model %s cannot be loaded: %s", version, error)
        finally:
            with self._lock:
                self._loading.pop(version).set()
