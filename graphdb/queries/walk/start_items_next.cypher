// Items a walk can start from: those that lead on by NEXT with a weight above zero.
// Rows: item_id (string), support (integer, sessions that hold the item).
MATCH (i:Item)
WHERE EXISTS { MATCH (i)-[r:NEXT]->(j:Item) WHERE r.weight > 0 AND j <> i }
RETURN i.id AS item_id, coalesce(i.support, 0) AS support
ORDER BY item_id;
