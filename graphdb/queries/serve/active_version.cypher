// Which model version is active: asked every second by each serving process.
// Rows: version (string), published_ms (integer, since 1970, or null); at most one.
MATCH (m:Model {is_active: true})
RETURN m.version AS version, m.published_at.epochMillis AS published_ms
ORDER BY version DESC
LIMIT 1;
