// Put every item on one of some shelves by the number in its id, so that a filter by shelf lets as many pass each.
// Rows: none.
// :params {n_shelves: 100}
MATCH (i:Item)
WITH i, toInteger(right(i.id, 7)) * 7919 % $n_shelves AS shelf
WHERE i.shelf IS NULL OR i.shelf <> shelf OR NOT i:Shelved
CALL (i, shelf) {
  SET i.shelf = shelf, i:Shelved
} IN TRANSACTIONS OF 5000 ROWS;
