// The category of each item, in place of the one it had.
// Rows: n_items (integer).
// :params {rows: [{item_id: "i1", category: "lamps"}]}
UNWIND $rows AS row
MATCH (i:Item {id: row.item_id})
OPTIONAL MATCH (i)-[old:HAS]->(c:Category)
WHERE c.name <> row.category
DELETE old
WITH DISTINCT i, row.category AS name
MERGE (c:Category {name: name})
MERGE (i)-[:HAS]->(c)
RETURN count(*) AS n_items;
