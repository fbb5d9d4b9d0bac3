// The items with a vector in one slot, with their positions on the map, four thousand a row.
// Rows: item_ids (list of strings), titles, categories (lists of strings or nulls), communities (list of integers or nulls),
// support (list of integers), positions (list of lists of 2 floats, or nulls).
// :params {vector: "embedding_a", position: "map_a"}
MATCH (i:Item)
WHERE i[$vector] IS NOT NULL
WITH i
ORDER BY i.id
WITH collect(i) AS items
UNWIND range(0, size(items) - 1, 4000) AS first
WITH items[first..first + 4000] AS part
RETURN [i IN part | i.id] AS item_ids, [i IN part | toStringOrNull(i.title)] AS titles,
       [i IN part | toStringOrNull(i.category)] AS categories, [i IN part | toIntegerOrNull(i.community)] AS communities,
       [i IN part | coalesce(i.support, 0)] AS support, [i IN part | i[$position]] AS positions;
