// Remove the vector index of slot d.
// Rows: none.
DROP INDEX item_embedding_d IF EXISTS;
