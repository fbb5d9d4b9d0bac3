// How many items hold a vector in a slot.
// Rows: n_vectors (integer).
// :params {property: "embedding_a"}
MATCH (i:Item)
WHERE i[$property] IS NOT NULL
RETURN count(i) AS n_vectors;
