// Move the active mark to a ready version, and note which one it replaced.
// All versions are written to first: the locks keep two switches from crossing.
// Rows: version (string); none if there is no such ready version.
// :params {version: "v"}
MATCH (any:Model)
WITH any ORDER BY any.version
SET any.switched_at = datetime()
WITH count(any) AS n_locked
MATCH (m:Model {version: $version, status: 'ready'})
OPTIONAL MATCH (old:Model {is_active: true})
WHERE old <> m
WITH m, collect(old) AS olds
SET m.replaced = CASE WHEN size(olds) = 0 THEN m.replaced ELSE olds[0].version END,
    m.is_active = true, m.activated_at = datetime()
FOREACH (old IN olds | SET old.is_active = false)
RETURN m.version AS version;
