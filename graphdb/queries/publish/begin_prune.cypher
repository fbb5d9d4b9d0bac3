// Mark a version that is not active as going away, so that it can no longer be activated.
// Rows: slot (string or null); none if the version is active or not there.
// :params {version: "v"}
MATCH (m:Model {version: $version})
WHERE NOT coalesce(m.is_active, false)
SET m.status = 'pruning'
RETURN m.slot AS slot;
