// A vector index that takes a filter by shelf into the search (Neo4j 2026.01 and later).
// Rows: none.
CYPHER 25
CREATE VECTOR INDEX bench_shelves IF NOT EXISTS
FOR (i:Shelved) ON i.embedding_a
WITH [i.shelf]
OPTIONS {indexConfig: {`vector.dimensions`: 128, `vector.similarity_function`: 'cosine'}};
