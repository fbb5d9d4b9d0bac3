// Keep experiments; one of the same name is replaced as a whole.
// Rows: name (string), one for each experiment.
// :params {experiments: [{name: "blend", share: 1.0, routes: ["similar"], variants: "[]"}]}
UNWIND $experiments AS properties
MERGE (e:Experiment {name: properties.name})
SET e = properties
RETURN e.name AS name;
