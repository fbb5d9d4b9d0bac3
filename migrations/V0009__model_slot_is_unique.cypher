// One model version a slot; two publishers never write into the same one.
CREATE CONSTRAINT model_slot_is_unique IF NOT EXISTS
FOR (m:Model) REQUIRE m.slot IS UNIQUE;
