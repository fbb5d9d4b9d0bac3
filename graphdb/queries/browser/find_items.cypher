// Items whose title holds all of some words, in any order, best match first.
// Rows: item_id, title (strings), score (float).
// :params {words: "lunch AND bag"}
CALL db.index.fulltext.queryNodes('item_title_full_text', $words) YIELD node, score
RETURN node.id AS item_id, node.title AS title, score
ORDER BY score DESC, item_id
LIMIT 25;
