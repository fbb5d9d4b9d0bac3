// Which model version is active: asked every second by each serving process.
// Rows: version (string); at most one.
MATCH (m:Model {is_active: true})
RETURN m.version AS version
ORDER BY version DESC
LIMIT 1;
