// Remove the vectors and map positions of slot c from all items, in transactions of its own.
// Rows: none.
MATCH (i:Item)
WHERE i.embedding_c IS NOT NULL OR i.out_embedding_c IS NOT NULL OR i.map_c IS NOT NULL
CALL (i) {
  REMOVE i.embedding_c, i.out_embedding_c, i.map_c
} IN TRANSACTIONS OF 1000 ROWS;
