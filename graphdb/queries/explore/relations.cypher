// The relations that items have, the active model's first.
// Rows: relation (string, NEXT or TOGETHER).
OPTIONAL MATCH (m:Model {is_active: true})
WITH max(m.relation) AS walked
UNWIND CASE WHEN EXISTS { (:Item)-[:NEXT]->(:Item) } THEN ['NEXT'] ELSE [] END
     + CASE WHEN EXISTS { (:Item)-[:TOGETHER]->(:Item) } THEN ['TOGETHER'] ELSE [] END AS relation
RETURN relation
ORDER BY relation = coalesce(walked, 'TOGETHER') DESC;
