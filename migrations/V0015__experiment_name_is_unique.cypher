// Experiments are found by their name.
CREATE CONSTRAINT experiment_name_is_unique IF NOT EXISTS
FOR (e:Experiment) REQUIRE e.name IS UNIQUE;
