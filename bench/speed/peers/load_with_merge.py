"""Load a CSV file of interactions the usual way: rows by the driver, UNWIND, MERGE, one thread."""

from __future__ import annotations

import csv
import hashlib
import os

import neo4j
from cypher import statement
from worker import arguments

asked = arguments()
sign_in = (os.environ["NEO4J_USERNAME"], os.environ["NEO4J_PASSWORD"])
text = statement("merge_interactions")


def merge(transaction, rows):
    """Write some rows."""
    transaction.run(text, rows=rows).consume()


with (
    neo4j.GraphDatabase.driver(os.environ["NEO4J_URI"], auth=sign_in) as driver,
    driver.session() as session,
    open(asked["path"], newline="", encoding="utf-8") as stream,
):
    rows = []
    for user, item, time, weight in csv.reader(stream):
        if time == "timestamp":
            continue
        key = hashlib.blake2b("\0".join((user, item, time, weight)).encode(), digest_size=16)
        rows.append([user, item, key.hexdigest(), time, float(weight)])
        if len(rows) == asked["batch"]:
            session.execute_write(merge, rows)
            rows = []
    if rows:
        session.execute_write(merge, rows)
