// Every experiment, in the order of the names.
// Rows: properties (map); variants are JSON text.
MATCH (e:Experiment)
RETURN properties(e) AS properties
ORDER BY e.name;
