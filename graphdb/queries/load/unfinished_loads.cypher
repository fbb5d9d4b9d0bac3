// Loads that started and never came to their end: still running, or broken off.
// Rows: id (string), source (string), n_rows (integer), started_at (datetime).
MATCH (l:Load {status: 'running'})
RETURN l.id AS id, l.source AS source, l.n_rows AS n_rows, l.started_at AS started_at
ORDER BY started_at, id;
