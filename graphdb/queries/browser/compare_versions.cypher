// The items closest to one under two model versions, side by side: what came, what went, what moved.
// Rows: item_id, title (strings), old_rank, new_rank (integers from 1, null where it is not in that list), moved
// (integer, places gained; null where it is in one list alone).
// :params {item_id: "85123A", old_version: "20260101T120000Z-1a2b", new_version: "20260102T120000Z-3c4d", k: 10}
MATCH (i:Item {id: $item_id})
UNWIND [{version: $old_version, is_new: false}, {version: $new_version, is_new: true}] AS side
MATCH (m:Model {version: side.version})
WHERE i['embedding_' + m.slot] IS NOT NULL // new or cold items have no vector in some versions
CALL (i, m) {
  CALL db.index.vector.queryNodes('item_embedding_' + m.slot, toInteger($k) + 1, i['embedding_' + m.slot])
  YIELD node, score
  WITH i, node, score
  WHERE node <> i
  ORDER BY score DESC, node.id
  LIMIT toInteger($k)
  RETURN collect(node) AS closest
}
UNWIND range(1, size(closest)) AS rank
WITH closest[rank - 1] AS item, rank, side
WITH item, min(CASE WHEN side.is_new THEN NULL ELSE rank END) AS old_rank,
     min(CASE WHEN side.is_new THEN rank ELSE NULL END) AS new_rank
RETURN item.id AS item_id, item.title AS title, old_rank, new_rank, old_rank - new_rank AS moved
ORDER BY coalesce(new_rank, 1000 + old_rank), item_id;
