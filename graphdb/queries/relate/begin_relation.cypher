// Note that the relationships of one type are being written, and by which settings.
// Rows: name (string).
// :params {name: "TOGETHER", settings: "{}"}
MERGE (n:Relation {name: $name})
SET n.status = 'running', n.settings = $settings, n.began_at = datetime()
RETURN n.name AS name;
