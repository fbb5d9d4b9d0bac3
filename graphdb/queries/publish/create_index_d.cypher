// Make the vector index of slot d.
// Rows: none.
// :params {options: {indexConfig: {`vector.dimensions`: 64, `vector.similarity_function`: "cosine"}}}
CREATE VECTOR INDEX item_embedding_d IF NOT EXISTS
FOR (i:Item) ON (i.embedding_d)
OPTIONS $options;
