// Delete every relationship, in transactions that do not grow with a busy node.
// Rows: none.
MATCH ()-[r]->()
CALL (r) {
  DELETE r
} IN TRANSACTIONS OF 10000 ROWS;
