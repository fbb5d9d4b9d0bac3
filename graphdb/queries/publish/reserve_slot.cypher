// Make the node of a new model version and take a free slot for it; a second run changes nothing.
// Rows: version (string).
// :params {version: "20260101T000000Z-ab12", slot: "a", properties: {dimension: 64}}
MERGE (m:Model {version: $version})
ON CREATE SET m.slot = $slot, m.status = 'building', m.is_active = false,
              m.created_at = datetime(), m.heartbeat_at = datetime(), m += $properties
RETURN m.version AS version;
