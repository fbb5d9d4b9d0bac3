// The model version that is active, with what is needed to load it.
// Rows: version (string), slot (string, a to d), status (string), relation (string), dimension (integer), parameters (string, JSON); at most one.
MATCH (m:Model {is_active: true})
RETURN m.version AS version, m.slot AS slot, m.status AS status, m.relation AS relation,
       m.dimension AS dimension, m.parameters AS parameters
ORDER BY version DESC
LIMIT 1;
