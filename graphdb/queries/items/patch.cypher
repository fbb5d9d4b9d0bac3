// Some properties of items; null takes one away, those not named stay. A row without is_hidden (null) leaves that
// as it is.
// Rows: item_id (string); none for an item that is not there.
// :params {rows: [{place: 0, item_id: "i1", properties: {price: 2.5, colour: null}, is_hidden: null}]}
UNWIND $rows AS row
MATCH (i:Item {id: row.item_id})
SET i += row.properties
FOREACH (_ IN CASE WHEN row.is_hidden THEN [1] ELSE [] END | SET i:Hidden)
FOREACH (_ IN CASE WHEN NOT row.is_hidden THEN [1] ELSE [] END | REMOVE i:Hidden)
RETURN row.item_id AS item_id
ORDER BY row.place;
