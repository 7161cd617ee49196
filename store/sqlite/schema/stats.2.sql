-- Answers to follow-ups. They belong to no outcome.
CREATE TABLE followup_batch (
  id       BLOB PRIMARY KEY,
  n        INTEGER NOT NULL,
  stripped INTEGER NOT NULL CHECK (stripped IN (0, 1)),
  CHECK (n >= 5 OR stripped = 1)
) STRICT, WITHOUT ROWID;

CREATE TABLE followup_result (
  id         BLOB PRIMARY KEY,
  quarter    TEXT NOT NULL,
  initiative TEXT NOT NULL,
  result     TEXT NOT NULL,
  reason     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX followup_result_quarter ON followup_result (quarter);
