// Remove the vectors and map positions of slot b from all items, in transactions of its own.
// Rows: none.
MATCH (i:Item)
WHERE i.embedding_b IS NOT NULL OR i.out_embedding_b IS NOT NULL OR i.map_b IS NOT NULL
CALL (i) {
  REMOVE i.embedding_b, i.out_embedding_b, i.map_b
} IN TRANSACTIONS OF 1000 ROWS;
