// The communities that `footpath communities` has found, the largest first, with their most visited items.
// Rows: community (integer, from 0), n_items (integer), items (list of strings: titles, or ids without a title).
// :params {k: 20}
MATCH (i:Item)
WHERE i.community IS NOT NULL
WITH i
ORDER BY coalesce(i.support, 0) DESC, i.id
WITH i.community AS community, count(*) AS n_items, collect(coalesce(i.title, i.id))[..5] AS items
RETURN community, n_items, items
ORDER BY community
LIMIT toInteger($k);
