// One item and its strongest neighbours by :TOGETHER, as the explorer draws them; the item itself comes first.
// Rows: item_id (string), title, category (strings or null), community (integer or null), support (integer), weight (float,
// of the relationship with the item; null for itself), count (integer or null), share (float, chance that a walk from the
// item goes there; null for itself).
// :params {item_id: "85123A", n_neighbours: 20, least_weight: 0.0}
MATCH (i:Item {id: $item_id})
CALL (i) {
  MATCH (i)-[r:TOGETHER]-(neighbour:Item)
  WHERE neighbour <> i AND r.weight > 0
  WITH neighbour, r
  ORDER BY r.weight DESC, neighbour.id
  RETURN sum(r.weight) AS total,
         [each IN collect({item: neighbour, weight: r.weight, count: r.count})
          WHERE each.weight >= $least_weight][..toInteger($n_neighbours)] AS strongest
}
UNWIND [{item: i, weight: null, count: null}] + strongest AS each
RETURN each.item.id AS item_id, toStringOrNull(each.item.title) AS title,
       toStringOrNull(each.item.category) AS category, toIntegerOrNull(each.item.community) AS community,
       coalesce(each.item.support, 0) AS support, each.weight AS weight, each.count AS count,
       each.weight / total AS share;
