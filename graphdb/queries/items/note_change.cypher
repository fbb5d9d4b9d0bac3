// Write down the change that was begun in this transaction: which items, and what they are after it.
// Rows: number (integer), item_ids, states (lists of strings: shown, hidden, gone); one.
// :params {item_ids: ["i1"]}
MATCH (counter:ItemChange {number: 0})
UNWIND $item_ids AS item_id
OPTIONAL MATCH (i:Item {id: item_id})
WITH counter, item_id,
     CASE WHEN i IS NULL THEN "gone" WHEN i:Hidden THEN "hidden" ELSE "shown" END AS state
WITH counter, collect(item_id) AS item_ids, collect(state) AS states
CREATE (change:ItemChange {
  number: counter.last, item_ids: item_ids, states: states, at: datetime()
})
RETURN change.number AS number, item_ids, states;
