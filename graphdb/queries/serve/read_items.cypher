// Every item, a thousand a row, in the order of its id: what a serving process keeps of the catalogue.
// Rows: item_ids (list of strings), titles, categories (lists of strings or nulls), support (list of integers), hidden (list of booleans).
MATCH (i:Item)
WHERE i.id IS NOT NULL
WITH i ORDER BY i.id
WITH collect(i) AS items
UNWIND range(0, size(items) - 1, 1000) AS first
WITH items[first..first + 1000] AS slice
RETURN [i IN slice | i.id] AS item_ids, [i IN slice | toStringOrNull(i.title)] AS titles,
       [i IN slice | toStringOrNull(i.category)] AS categories,
       [i IN slice | coalesce(i.support, 0)] AS support, [i IN slice | i:Hidden] AS hidden;
