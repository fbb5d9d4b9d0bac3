// The index over the vectors written the usual way.
CREATE VECTOR INDEX usual_embedding IF NOT EXISTS
FOR (i:Item) ON (i.usual_embedding)
OPTIONS {indexConfig: {`vector.dimensions`: 128, `vector.similarity_function`: 'cosine'}};
