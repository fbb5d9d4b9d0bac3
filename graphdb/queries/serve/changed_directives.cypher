// All rules and experiments if they are not those one knows: asked every second by each serving process.
// Rows: rules, experiments (lists of maps, in the order of the names; times as text, empty if not set); none if
// nothing has changed.
// :params {rules: [], experiments: []}
OPTIONAL MATCH (r:Rule)
WITH r ORDER BY r.name
WITH collect(r {.*, valid_from: coalesce(toString(r.valid_from), ''),
                valid_until: coalesce(toString(r.valid_until), '')}) AS rules
OPTIONAL MATCH (e:Experiment)
WITH rules, e ORDER BY e.name
WITH rules, collect(e {.*, valid_from: coalesce(toString(e.valid_from), ''),
                       valid_until: coalesce(toString(e.valid_until), '')}) AS experiments
WHERE rules <> $rules OR experiments <> $experiments
RETURN rules, experiments;
