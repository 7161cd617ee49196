-- Answers to follow-ups that wait to be handed over: nothing tells whose they are.
CREATE TABLE answer (
  id    BLOB PRIMARY KEY,
  batch BLOB,
  body  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Coordinators who asked for the figures every Monday; kept until they withdraw.
CREATE TABLE subscriber (
  cid  BLOB PRIMARY KEY,
  body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
