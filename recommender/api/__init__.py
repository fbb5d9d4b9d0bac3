"""The HTTP API, version 1: thin routes over :mod:`recommender.serve`."""

from recommender.api.app import create_app

__all__ = ["create_app"]
