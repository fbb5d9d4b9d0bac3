// One model version, active or not, with what is needed to load it.
// Rows: version (string), slot (string, a to d), status (string), relation (string), dimension (integer), parameters (string, JSON); at most one.
// :params {version: "20260101-120000-abcd"}
MATCH (m:Model {version: $version})
RETURN m.version AS version, m.slot AS slot, m.status AS status, m.relation AS relation,
       m.dimension AS dimension, m.parameters AS parameters;
