// Delete a business rule.
// Rows: name (string); none if there is no such rule.
// :params {name: "new-first"}
MATCH (r:Rule {name: $name})
WITH r, r.name AS name
DELETE r
RETURN name;
