// Why other items go with one, by TOGETHER: the relationship itself, items between, sessions that hold both.
// Rows: other_id (string), title (string or null), item_title (string or null), weight (float or null), count (integer or null), last_seen (string or null), between (list of maps: item_id, title, weights), n_shared_sessions (integer), last_shared (string or null).
// :params {item_id: "85123A", other_ids: ["21733"], n_interactions: 500, n_neighbours: 200, n_between: 3}
MATCH (item:Item {id: $item_id})
UNWIND $other_ids AS other_id
MATCH (other:Item {id: other_id})
WITH item, collect(other) AS others
CALL (item, others) {
  MATCH (item)<-[first:INTERACTED]-(visitor)
  WITH first, visitor, others
  ORDER BY first.at DESC, visitor.id, first.key
  LIMIT $n_interactions
  WITH visitor, first.session AS session, others
  UNWIND others AS other
  MATCH (visitor)-[second:INTERACTED]->(other)
  WHERE session = second.session OR (session IS NULL AND second.session IS NULL)
  WITH other.id AS id, count(DISTINCT [elementId(visitor), session]) AS n_sessions,
       toString(max(second.at)) AS last
  RETURN collect({id: id, n_sessions: n_sessions, last: last}) AS shared
}
CALL (item, others) {
  MATCH (item)-[one:TOGETHER]-(near:Item)
  WHERE NOT near:Hidden
  WITH one.weight AS weight, near, others
  ORDER BY weight DESC, near.id
  LIMIT $n_neighbours
  UNWIND others AS other
  MATCH (near)-[two:TOGETHER]-(other)
  WITH other.id AS id, near, [weight, two.weight] AS weights
  ORDER BY weights[0] * weights[1] DESC, near.id
  WITH id, collect({item_id: near.id, title: toStringOrNull(near.title), weights: weights}) AS ways
  RETURN collect({id: id, ways: ways[..$n_between]}) AS betweens
}
UNWIND range(0, size(others) - 1) AS place
WITH item, shared, betweens, place, others[place] AS other
OPTIONAL MATCH (item)-[direct:TOGETHER]-(other)
RETURN other.id AS other_id, toStringOrNull(other.title) AS title,
       toStringOrNull(item.title) AS item_title, direct.weight AS weight, direct.count AS count,
       toString(direct.last_seen) AS last_seen,
       coalesce(head([b IN betweens WHERE b.id = other.id | b.ways]), []) AS between,
       coalesce(head([s IN shared WHERE s.id = other.id | s.n_sessions]), 0) AS n_shared_sessions,
       head([s IN shared WHERE s.id = other.id | s.last]) AS last_shared
ORDER BY place;
