// Set how many sessions hold each of some items.
// Rows: n_items (integer).
// :params {rows: [{item_id: "a", support: 12}]}
UNWIND $rows AS row
MATCH (i:Item {id: row.item_id})
SET i.support = row.support
RETURN count(i) AS n_items;
