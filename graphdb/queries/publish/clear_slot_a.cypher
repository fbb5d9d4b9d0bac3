// Remove the vectors and map positions of slot a from all items, in transactions of its own.
// Rows: none.
MATCH (i:Item)
WHERE i.embedding_a IS NOT NULL OR i.out_embedding_a IS NOT NULL OR i.map_a IS NOT NULL
CALL (i) {
  REMOVE i.embedding_a, i.out_embedding_a, i.map_a
} IN TRANSACTIONS OF 1000 ROWS;
