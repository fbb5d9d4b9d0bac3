// Delete the relationships between the nodes that Footpath has made, in transactions of its own.
// Rows: none.
MATCH (:User|Session|Item|Category|Model|Load|Relation)-[r]->()
CALL (r) {
  DELETE r
} IN TRANSACTIONS OF 10000 ROWS;
