// Delete an experiment.
// Rows: name (string); none if there is no such experiment.
// :params {name: "blend"}
MATCH (e:Experiment {name: $name})
WITH e, e.name AS name
DELETE e
RETURN name;
