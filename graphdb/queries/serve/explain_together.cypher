// Why other items go with one, by TOGETHER: the relationship itself, items between, sessions that hold both.
// Rows: other_id (string), title (string or null), item_title (string or null), weight (float or null), count (integer or null), last_seen (string or null), between (list of maps: item_id, title, weights), n_shared_sessions (integer), last_shared (string or null).
// :params {item_id: "85123A", other_ids: ["21733"], n_interactions: 500, n_neighbours: 200, n_between: 3}
MATCH (item:Item {id: $item_id})
CALL (item) {
  MATCH (item)<-[first:INTERACTED]-(visitor)
  WITH first, visitor
  ORDER BY first.at DESC, visitor.id, first.key
  LIMIT $n_interactions
  RETURN collect({visitor: visitor, session: first.session}) AS visits
}
CALL (item) {
  MATCH (item)-[one:TOGETHER]-(near:Item)
  WITH one, near
  ORDER BY one.weight DESC, near.id
  LIMIT $n_neighbours
  RETURN collect({item: near, weight: one.weight}) AS neighbours
}
UNWIND range(0, size($other_ids) - 1) AS place
MATCH (other:Item {id: $other_ids[place]})
OPTIONAL MATCH (item)-[direct:TOGETHER]-(other)
CALL (neighbours, other) {
  UNWIND neighbours AS neighbour
  WITH neighbour.item AS near, neighbour.weight AS weight, other
  MATCH (near)-[two:TOGETHER]-(other)
  WITH near, [weight, two.weight] AS weights
  ORDER BY weights[0] * weights[1] DESC, near.id
  LIMIT $n_between
  RETURN collect({item_id: near.id, title: toStringOrNull(near.title), weights: weights}) AS between
}
CALL (visits, other) {
  UNWIND visits AS visit
  WITH visit.visitor AS visitor, visit.session AS session, other
  MATCH (visitor)-[second:INTERACTED]->(other)
  WHERE session = second.session OR (session IS NULL AND second.session IS NULL)
  RETURN count(DISTINCT [elementId(visitor), session]) AS n_shared_sessions,
         toString(max(second.at)) AS last_shared
}
RETURN other.id AS other_id, toStringOrNull(other.title) AS title,
       toStringOrNull(item.title) AS item_title, direct.weight AS weight, direct.count AS count,
       toString(direct.last_seen) AS last_seen, between, n_shared_sessions, last_shared
ORDER BY place;
