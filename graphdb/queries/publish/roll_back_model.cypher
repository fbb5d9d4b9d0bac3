// Move the active mark back to the version that the active one replaced, leaving its own history.
// All versions are written to first: the locks keep two switches from crossing.
// Rows: version (string), rolled_back (string); none if there is nothing to go back to.
MATCH (any:Model)
WITH any ORDER BY any.version
SET any.switched_at = datetime()
WITH count(any) AS n_locked
MATCH (current:Model {is_active: true})
MATCH (before:Model {version: current.replaced, status: 'ready'})
SET current.is_active = false, before.is_active = true, before.activated_at = datetime()
RETURN before.version AS version, current.version AS rolled_back;
