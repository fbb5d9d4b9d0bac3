// Whether the server answers, and which version it is.
// Rows: version (string, such as 2026.08.1 or 5.26.30).
CALL dbms.components() YIELD name, versions
WHERE name = 'Neo4j Kernel'
RETURN versions[0] AS version;
