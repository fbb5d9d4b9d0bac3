// The slots in use: each holds the vectors of one model version.
// Rows: slot (a to d), version, status (string), is_active (boolean), idle_s (float, since the last sign
// of life of who writes it).
MATCH (m:Model)
WHERE m.slot IS NOT NULL
RETURN m.slot AS slot, m.version AS version, m.status AS status,
       coalesce(m.is_active, false) AS is_active,
       duration.inSeconds(m.heartbeat_at, datetime()).seconds * 1.0 AS idle_s
ORDER BY slot;
