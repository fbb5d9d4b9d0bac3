// Join items to the first one of them, and each to the next, by :TOGETHER; and have a version active.
// Rows: none.
// :params {ids: ["p0", "p1", "p2"]}
MERGE (m:Model {version: 'bench'})
SET m.status = 'ready', m.is_active = true, m.slot = 'a', m.relation = 'TOGETHER', m.dimension = 2, m.n_items = 2,
    m.parameters = '{}', m.metrics = '{}', m.map_method = 'umap', m.created_at = datetime(), m.published_at = datetime()
WITH m
UNWIND range(1, size($ids) - 1) AS n
MATCH (hub:Item {id: $ids[0]}), (a:Item {id: $ids[n]}), (b:Item {id: $ids[CASE n WHEN 1 THEN size($ids) - 1 ELSE n - 1 END]})
CREATE (hub)-[:TOGETHER {weight: 1.0 / n, count: n}]->(a), (a)-[:TOGETHER {weight: 0.5 / n, count: 1}]->(b);
