// Note that the relationships of one type are complete.
// Rows: name (string).
// :params {name: "TOGETHER", n_relationships: 140000}
MATCH (n:Relation {name: $name})
SET n.status = 'done', n.n_relationships = $n_relationships, n.finished_at = datetime()
RETURN n.name AS name;
