// Note that a ready version's map is being made anew: until it is finished, the version has none.
// Rows: slot (string); none if there is no such ready version.
// :params {version: "v"}
MATCH (m:Model {version: $version, status: 'ready'})
REMOVE m.map_method
RETURN m.slot AS slot;
