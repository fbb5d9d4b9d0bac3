// Whether the database holds anything, and whether it says that tests may empty it.
// Rows: one: n_nodes (integer), is_marked (boolean).
RETURN COUNT { MATCH (n) } AS n_nodes, EXISTS { MATCH (:FootpathTest) } AS is_marked;
