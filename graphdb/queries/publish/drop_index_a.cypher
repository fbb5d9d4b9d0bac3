// Remove the vector index of slot a.
// Rows: none.
DROP INDEX item_embedding_a IF EXISTS;
