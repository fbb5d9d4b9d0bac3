// Put items into the category that their property names, and out of any other.
// Rows: n_items (integer).
// :params {item_ids: ["i1"]}
UNWIND $item_ids AS item_id
MATCH (i:Item {id: item_id})
OPTIONAL MATCH (i)-[old:HAS]->(c:Category)
WHERE i.category IS NULL OR c.name <> i.category
DELETE old
WITH DISTINCT i
CALL (i) {
  WITH i
  WHERE i.category IS NOT NULL
  MERGE (c:Category {name: i.category})
  MERGE (i)-[:HAS]->(c)
}
RETURN count(i) AS n_items;
