// Take the usual vectors away before the next run.
MATCH (i:Item)
CALL (i) {
  REMOVE i.usual_embedding
} IN TRANSACTIONS OF 10000 ROWS;
