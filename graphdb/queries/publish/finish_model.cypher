// Note that a model version is complete and may be activated, and how its map was made (null: it has none).
// Rows: version (string).
// :params {version: "v", metrics: "{}", map_method: "pca"}
MATCH (m:Model {version: $version})
SET m.status = 'ready', m.published_at = datetime(), m.metrics = $metrics,
    m.map_method = $map_method
RETURN m.version AS version;
