"""Baselines that fit a matrix: EASE^R, and ALS and BPR by the implicit library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil
from implicit.cpu.als import AlternatingLeastSquares
from implicit.cpu.bpr import BayesianPersonalizedRanking
from scipy import sparse
from threadpoolctl import threadpool_limits

from recommender.errors import InvalidDataError
from recommender.graph import Float32Array
from recommender.histories import Histories

MOST_ITEMS_OF_EASE = 20_000


@dataclass(frozen=True)
class Ease:
    """Shallow autoencoder in closed form (Steck 2019)."""

    weights: Float32Array  # (n_items, n_items)

    def scores(self, histories: Histories) -> Float32Array:
        """Return the history times the item-item weights."""
        scores: Float32Array = histories.matrix @ self.weights
        return scores


def fit_ease(train: Histories, *, regularisation: float) -> Ease:
    """Return the closed form.

    Raises
    ------
    InvalidDataError
        If the items are too many for the inverse of a matrix of items by items.
    """
    needed = 3 * train.n_items**2 * 4
    available = psutil.virtual_memory().available
    if train.n_items > MOST_ITEMS_OF_EASE or needed > available / 2:
        raise InvalidDataError(
            f"EASE^R inverts a matrix of {train.n_items:,} x {train.n_items:,} items: "
            f"{needed / 1e9:.0f} GB and hours; at most {MOST_ITEMS_OF_EASE:,} items are tried."
        )
    gram = (train.matrix.T @ train.matrix).toarray().astype(np.float32)
    gram[np.diag_indices_from(gram)] += regularisation
    inverse = np.linalg.inv(gram)
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return Ease(weights.astype(np.float32))


@dataclass(frozen=True)
class Als:
    """Implicit-feedback ALS (Hu, Koren and Volinsky 2008); users are folded in."""

    model: Any

    def scores(self, histories: Histories) -> Float32Array:
        """Return user factors, computed from the histories, times item factors."""
        matrix = sparse.csr_matrix(histories.matrix)
        with threadpool_limits(1, "blas"):
            users = self.model.recalculate_user(np.arange(histories.n_users), matrix)
        scores: Float32Array = np.asarray(users, np.float32) @ self.model.item_factors.T
        return scores


def fit_als(
    train: Histories,
    *,
    factors: int,
    regularization: float,
    alpha: float,
    iterations: int,
    seed: int,
) -> Als:
    """Return implicit's ALS, trained."""
    with threadpool_limits(1, "blas"):  # implicit warns of more, and is slower with them
        model = AlternatingLeastSquares(
            factors=factors,
            regularization=regularization,
            alpha=alpha,
            iterations=iterations,
            random_state=seed,
            num_threads=0,
        )
        model.fit(sparse.csr_matrix(train.matrix), show_progress=False)
    return Als(model)


@dataclass(frozen=True)
class Bpr:
    """Bayesian personalised ranking (Rendle et al. 2009): one vector a user."""

    model: Any
    user_of: dict[str, int]
    popularity: Float32Array

    def scores(self, histories: Histories) -> Float32Array:
        """Return user times item vectors; somebody new gets what is popular."""
        known = [self.user_of.get(user_id, -1) for user_id in histories.user_ids]
        users = np.array(known, np.int64)
        scores: Float32Array = self.model.user_factors[users] @ self.model.item_factors.T
        scores[users < 0] = self.popularity
        return scores


def fit_bpr(
    train: Histories,
    *,
    factors: int,
    learning_rate: float,
    regularization: float,
    iterations: int,
    seed: int,
) -> Bpr:
    """Return implicit's BPR, trained on one thread, so that a seed gives one result."""
    model = BayesianPersonalizedRanking(
        factors=factors,
        learning_rate=learning_rate,
        regularization=regularization,
        iterations=iterations,
        random_state=seed,
        num_threads=1,
    )
    with threadpool_limits(1, "blas"):
        model.fit(sparse.csr_matrix(train.matrix), show_progress=False)
    user_of = {user_id: row for row, user_id in enumerate(train.user_ids)}
    return Bpr(model, user_of, train.n_users_of.astype(np.float32))
