// Note that the map of a ready version is complete, and how it was made.
// Rows: version (string); none if there is no such ready version any more.
// :params {version: "v", map_method: "umap"}
MATCH (m:Model {version: $version, status: 'ready'})
SET m.map_method = $map_method
RETURN m.version AS version;
