// Which items are hidden now, with the number of the last change before they were looked at: what comes later has
// a higher number.
// Rows: number (integer), item_ids (list of strings); one.
OPTIONAL MATCH (counter:ItemChange {number: 0})
WITH coalesce(counter.last, 0) AS number
OPTIONAL MATCH (i:Item:Hidden)
RETURN number, collect(i.id) AS item_ids;
