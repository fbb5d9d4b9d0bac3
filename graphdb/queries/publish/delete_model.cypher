// Delete the node of a version whose vectors are gone.
// Rows: n_deleted (integer).
// :params {version: "v"}
MATCH (m:Model {version: $version, status: 'pruning'})
DELETE m
RETURN count(*) AS n_deleted;
