// Take away a graph that was not written to its end.
MATCH (i:Item)
CALL (i) {
  DETACH DELETE i
} IN TRANSACTIONS OF 1000 ROWS;
