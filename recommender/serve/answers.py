"""Answer from a model, with the database for what the model cannot know."""

from __future__ import annotations

from dataclasses import dataclass

from graphdb import GraphDbError
from recommender.errors import InvalidParameterError, UnknownItemError, UnknownUserError
from recommender.ids import is_id
from recommender.serve.catalogue import Had, find_item, read_history
from recommender.serve.cursor import HistoryMark
from recommender.serve.method import Method
from recommender.serve.model import ServingModel
from recommender.serve.ranking import DEFAULT_K, EVERYTHING, Selection
from recommender.serve.similar_item import SimilarItem
from recommender.serve.watcher import ModelWatcher


@dataclass(frozen=True)
class UserHistory:
    """What a user had, oldest first, and how far that reaches."""

    entries: list[Had]
    mark: HistoryMark


def similar_items(
    watcher: ModelWatcher,
    item_id: str,
    k: int = DEFAULT_K,
    method: Method = "hybrid",
    *,
    min_support: int | None = None,
    selection: Selection = EVERYTHING,
    model: ServingModel | None = None,
    deadline_s: float | None = None,
) -> tuple[str, list[SimilarItem]]:
    """Return the model version that answered and its list; see :meth:`ServingModel.similar`.

    An item that came after the version was loaded is looked up in the database and answered by its
    category, then by popularity. Without a ``model`` the active one answers.

    Raises
    ------
    UnknownItemError
        If neither the model nor the database knows the item.
    ModelNotPublishedError
        If no model was loaded yet.
    GraphDbError
        If the model does not know the item and the database cannot be asked.
    """
    model = model or watcher.current()
    if selection.hidden is None:
        selection = watcher.items.shown(model, selection)
    if watcher.items.now().is_gone(item_id):
        raise UnknownItemError(f"There is no item '{item_id[:80]}'.")
    if item_id in model.row_of:
        return model.version, model.similar(
            item_id, k, method, min_support=min_support, selection=selection
        )
    watcher.check_database()
    item = find_item(watcher.database, item_id, deadline_s=deadline_s)
    if item is None:
        raise UnknownItemError(f"There is no item '{item_id[:80]}'.")
    return model.version, model.similar_to_new(
        item.category, k, min_support=min_support, selection=selection
    )


def recommend_to_user(
    watcher: ModelWatcher,
    user_id: str,
    k: int = DEFAULT_K,
    method: Method = "hybrid",
    *,
    exclude_seen: bool = True,
    deadline_s: float | None = None,
) -> tuple[str, list[SimilarItem]]:
    """Return the model version that answered and the items for one user.

    See :func:`read_user_history` and :meth:`ServingModel.for_history`.

    Raises
    ------
    UnknownUserError
        If nobody of that id has had anything.
    ModelNotPublishedError
        If no model was loaded yet.
    GraphDbError
        If the database cannot be asked and the model does not know the user.
    """
    model = watcher.current()
    history = read_user_history(watcher, model, user_id, deadline_s=deadline_s)
    return model.version, model.for_history(
        history.entries,
        k,
        method,
        exclude_seen=exclude_seen,
        selection=watcher.items.shown(model, EVERYTHING),
    )


def read_user_history(
    watcher: ModelWatcher,
    model: ServingModel,
    user_id: str,
    *,
    mark: HistoryMark | None = None,
    deadline_s: float | None = None,
) -> UserHistory:
    """Return what the database holds of a user now; while it is away, what the model knows.

    With the mark of an earlier page, what came after it is left out.

    Raises
    ------
    UnknownUserError
        If nobody of that id has had anything.
    InvalidParameterError
        If the history up to the mark is not what it was: something was taken away or came late.
    GraphDbError
        If the database cannot be asked and the model does not know the user.
    """
    until_ms = mark.until_ms if mark else None
    entries: list[Had] = []
    if is_id(user_id):
        try:
            watcher.check_database()
            entries = read_history(
                watcher.database, user_id, until_ms=until_ms, deadline_s=deadline_s
            )
        except GraphDbError:
            known = _known_history(model, user_id, until_ms)
            if not known or (mark is not None and len(known) != mark.n_had):
                raise
            entries = known
    if mark is not None and len(entries) != mark.n_had:
        raise InvalidParameterError(
            "The cursor cannot be gone on with: the history before it has changed. Begin without."
        )
    if not entries:
        raise UnknownUserError(f"There is no user '{user_id[:80]}' with any interactions.")
    times = [time for entry in entries if (time := _known_ms(entry)) is not None]
    return UserHistory(entries, HistoryMark(max(times, default=None), len(entries)))


def _known_ms(entry: Had) -> int | None:
    return entry.at_ms if entry.known_ms is None else entry.known_ms


def _known_history(model: ServingModel, user_id: str, until_ms: int | None) -> list[Had]:
    scores = model.history_scores
    known = (scores.known_history(user_id) if scores is not None else None) or []
    return [
        entry
        for entry in known
        if until_ms is None or (time := _known_ms(entry)) is None or time <= until_ms
    ]
