// Note that a load is done. Loads of the same source that broke off before it are superseded.
// Rows: n_superseded (integer).
// :params {id: "5f2c"}
MATCH (l:Load {id: $id})
SET l.status = 'done', l.finished_at = datetime()
WITH l
OPTIONAL MATCH (old:Load {status: 'running', source: l.source})
WHERE old.started_at < l.started_at
SET old.status = 'superseded'
RETURN count(old) AS n_superseded;
