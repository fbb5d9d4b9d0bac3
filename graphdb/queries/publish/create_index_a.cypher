// Make the vector index of slot a.
// Rows: none.
// :params {options: {indexConfig: {`vector.dimensions`: 64, `vector.similarity_function`: "cosine"}}}
CREATE VECTOR INDEX item_embedding_a IF NOT EXISTS
FOR (i:Item) ON (i.embedding_a)
OPTIONS $options;
