"""How many events the embedded tracker takes, beside plain inserts and beside Shynet."""
