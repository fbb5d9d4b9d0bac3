// Put every item on one of some shelves by the number in its id, so that a filter by shelf lets as many pass each.
// Rows: none.
// :params {n_shelves: 100}
MATCH (i:Item)
CALL (i) {
  SET i.shelf = toInteger(right(i.id, 7)) * 7919 % $n_shelves
} IN TRANSACTIONS OF 5000 ROWS;
