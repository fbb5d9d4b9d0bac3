// Remove the vector index of slot c.
// Rows: none.
DROP INDEX item_embedding_c IF EXISTS;
