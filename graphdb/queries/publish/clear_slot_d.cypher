// Remove the vectors and map positions of slot d from all items, in transactions of its own.
// Rows: none.
MATCH (i:Item)
WHERE i.embedding_d IS NOT NULL OR i.out_embedding_d IS NOT NULL OR i.map_d IS NOT NULL
CALL (i) {
  REMOVE i.embedding_d, i.out_embedding_d, i.map_d
} IN TRANSACTIONS OF 1000 ROWS;
