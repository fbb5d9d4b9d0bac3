// What was loaded, the latest first.
// Rows: id, source (string, names of files), status (running or done).
MATCH (l:Load)
RETURN l.id AS id, l.source AS source, l.status AS status
ORDER BY l.started_at DESC, id;
