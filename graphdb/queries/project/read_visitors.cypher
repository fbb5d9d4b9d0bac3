// Every user or session that interacted, in the order of Neo4j's own node ids, a thousand a row.
// Rows: nodes (list of integers, node ids), visitor_ids (list of strings).
MATCH (v:User|Session)
WITH v ORDER BY id(v)
WITH collect(v) AS visitors
UNWIND range(0, size(visitors) - 1, 1000) AS first
WITH visitors[first..first + 1000] AS slice
RETURN [v IN slice | id(v)] AS nodes, [v IN slice | coalesce(v.id, '')] AS visitor_ids;
