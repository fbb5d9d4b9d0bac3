// Keep business rules; one of the same name is replaced as a whole.
// Rows: name (string), one for each rule.
// :params {rules: [{name: "new-first", kind: "boost", filter: "is_new = true", factor: 1.5, routes: ["similar"], priority: 0}]}
UNWIND $rules AS properties
MERGE (r:Rule {name: properties.name})
SET r = properties
RETURN r.name AS name;
