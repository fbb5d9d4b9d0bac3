"""Errors of this package.

RecommenderError
├── InvalidDataError         a row, a file or an embedding is not what it should be
├── InvalidParameterError    an option has no meaning
├── UnknownItemError         no such item in the catalogue
├── UnknownUserError         no such user in the graph
├── UnknownModelError        no such model version to answer from
├── UnknownDirectiveError    no such rule or experiment
└── ModelNotPublishedError   no such model version, or none is active
"""


class RecommenderError(Exception):
    """Root of what can go wrong between files and recommendations."""


class InvalidDataError(RecommenderError):
    """A row, a file or an embedding is not what it should be."""


class InvalidParameterError(RecommenderError):
    """An option has no meaning; the message names it, its value and its range."""


class UnknownItemError(RecommenderError):
    """No item of the catalogue has that id."""


class UnknownUserError(RecommenderError):
    """No user of the graph has that id."""


class UnknownModelError(RecommenderError):
    """No ready model version has that name; the message names those that are."""


class UnknownDirectiveError(RecommenderError):
    """No rule or experiment has that name."""


class ModelNotPublishedError(RecommenderError):
    """No such model version, or none is active yet."""
