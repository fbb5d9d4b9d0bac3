// One node per model version.
CREATE CONSTRAINT model_version_is_unique IF NOT EXISTS
FOR (m:Model) REQUIRE m.version IS UNIQUE;
