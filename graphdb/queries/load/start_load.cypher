// Note that a load is being written; the same data loaded again has the same id.
// Rows: id (string).
// :params {id: "5f2c", source: "sales.csv", n_rows: 1000, n_bad: 0}
MERGE (l:Load {id: $id})
SET l.source = $source, l.status = 'running', l.n_rows = $n_rows, l.n_bad = $n_bad,
    l.started_at = datetime()
REMOVE l.finished_at
RETURN l.id AS id;
