// Properties onto items; a property that a row does not name stays as it is.
// Rows: n_items (integer).
// :params {rows: [{item_id: "i1", properties: {title: "RED LAMP", price: 2.5}}]}
UNWIND $rows AS row
MATCH (i:Item {id: row.item_id})
SET i += row.properties
RETURN count(*) AS n_items;
