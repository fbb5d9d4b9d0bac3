// Every model version, the newest first.
// Rows: version, status, slot, relation, parameters, metrics (JSON text), data_hash, code_version,
// replaced, map_method (strings), is_active (boolean), dimension, n_items (integers), created_at, published_at,
// activated_at (times), idle_s (float, since the last sign of life of who writes it).
MATCH (m:Model)
RETURN m.version AS version, m.status AS status, m.slot AS slot, m.relation AS relation,
       m.parameters AS parameters, m.metrics AS metrics, m.data_hash AS data_hash,
       m.code_version AS code_version, m.replaced AS replaced, m.map_method AS map_method,
       m.is_active AS is_active,
       m.dimension AS dimension, m.n_items AS n_items, m.created_at AS created_at,
       m.published_at AS published_at, m.activated_at AS activated_at,
       duration.inSeconds(m.heartbeat_at, datetime()).seconds * 1.0 AS idle_s
ORDER BY created_at DESC, version;
