// Make the vector index of slot b.
// Rows: none.
// :params {options: {indexConfig: {`vector.dimensions`: 64, `vector.similarity_function`: "cosine"}}}
CREATE VECTOR INDEX item_embedding_b IF NOT EXISTS
FOR (i:Item) ON (i.embedding_b)
OPTIONS $options;
