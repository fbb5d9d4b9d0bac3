// All rules and experiments if they are not those one knows: asked every second by each serving process.
// Rows: rules, experiments (lists of maps, in the order of the names); none if nothing has changed.
// :params {rules: [], experiments: []}
OPTIONAL MATCH (r:Rule)
WITH r ORDER BY r.name
WITH collect(properties(r)) AS rules
OPTIONAL MATCH (e:Experiment)
WITH rules, e ORDER BY e.name
WITH rules, collect(properties(e)) AS experiments
WHERE rules <> $rules OR experiments <> $experiments
RETURN rules, experiments;
