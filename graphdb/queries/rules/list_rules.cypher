// Every business rule, in the order of the names.
// Rows: properties (map).
MATCH (r:Rule)
RETURN properties(r) AS properties
ORDER BY r.name;
