// Take the index with the filter by shelf away.
// Rows: none.
DROP INDEX bench_shelves IF EXISTS;
