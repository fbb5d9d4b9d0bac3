// Model versions, the newest first, with where their vectors are.
// Rows: version, status (strings), is_active (boolean), vectors (string, property name), n_items,
// dimension (integers), published_at (time).
MATCH (m:Model)
RETURN m.version AS version, m.status AS status, m.is_active AS is_active,
       'embedding_' + m.slot AS vectors, m.n_items AS n_items, m.dimension AS dimension,
       m.published_at AS published_at
ORDER BY m.created_at DESC, version;
