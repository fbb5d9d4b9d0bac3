// Items as they shall be: new ones are created, others lose what is not named here. What Footpath keeps at an item
// (owned) stays. A row without is_hidden (null) leaves that as it is.
// Rows: item_id (string), is_new (boolean), in the order of the rows.
// :params {owned: ["id", "support"], rows: [{place: 0, item_id: "i1", properties: {title: "RED LAMP"}, is_hidden: null}]}
UNWIND $rows AS row
MERGE (i:Item {id: row.item_id})
ON CREATE SET i.is_new = true
WITH row, i, coalesce(i.is_new, false) AS is_new
REMOVE i.is_new
FOREACH (name IN [n IN keys(i) WHERE NOT n IN $owned] | SET i[name] = null)
SET i += row.properties
FOREACH (_ IN CASE WHEN row.is_hidden THEN [1] ELSE [] END | SET i:Hidden)
FOREACH (_ IN CASE WHEN NOT row.is_hidden THEN [1] ELSE [] END | REMOVE i:Hidden)
RETURN row.item_id AS item_id, is_new
ORDER BY row.place;
