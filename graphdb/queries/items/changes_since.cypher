// Changes of items after a number, oldest first, with the number of the last one there is.
// Rows: number (integer), item_ids, states (lists of strings), last (integer); one with number null if there are none.
// :params {number: 17, limit: 500}
OPTIONAL MATCH (counter:ItemChange {number: 0})
WITH coalesce(counter.last, 0) AS last
OPTIONAL MATCH (change:ItemChange)
WHERE change.number > $number
WITH last, change
ORDER BY change.number
LIMIT $limit
RETURN change.number AS number, change.item_ids AS item_ids, change.states AS states, last;
