// Make the vector index of slot c.
// Rows: none.
// :params {options: {indexConfig: {`vector.dimensions`: 64, `vector.similarity_function`: "cosine"}}}
CREATE VECTOR INDEX item_embedding_c IF NOT EXISTS
FOR (i:Item) ON (i.embedding_c)
OPTIONS $options;
