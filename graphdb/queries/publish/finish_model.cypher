// Note that a model version is complete and may be activated.
// Rows: version (string).
// :params {version: "v", metrics: "{}"}
MATCH (m:Model {version: $version})
SET m.status = 'ready', m.published_at = datetime(), m.metrics = $metrics
RETURN m.version AS version;
