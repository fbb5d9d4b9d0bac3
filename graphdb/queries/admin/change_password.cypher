// Give the connected user another password; run it on the database `system`.
// Rows: none.
// :params {old_password: "neo4j", new_password: "a-better-one"}
ALTER CURRENT USER SET PASSWORD FROM $old_password TO $new_password;
