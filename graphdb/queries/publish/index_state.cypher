// Whether a vector index is ready.
// Rows: state (ONLINE, POPULATING or FAILED), populated (float, percent).
// :params {index: "item_embedding_a"}
SHOW INDEXES YIELD name, state, populationPercent
WHERE name = $index
RETURN state, populationPercent AS populated;
