// Remove the vector index of slot b.
// Rows: none.
DROP INDEX item_embedding_b IF EXISTS;
