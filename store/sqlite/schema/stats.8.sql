-- How far businesses came since an earlier check. A row belongs to no outcome; topics are
-- those that went up and down. A stripped batch left no row.
CREATE TABLE transition_batch (
  id       BLOB PRIMARY KEY,
  n        INTEGER NOT NULL,
  stripped INTEGER NOT NULL CHECK (stripped IN (0, 1)),
  CHECK (n >= 5 OR stripped = 1)
) STRICT, WITHOUT ROWID;

CREATE TABLE transition (
  id            BLOB PRIMARY KEY,
  rkey          INTEGER NOT NULL,
  quarter       TEXT NOT NULL,
  quadrant_then TEXT NOT NULL,
  quadrant_now  TEXT NOT NULL,
  topics_up     INTEGER NOT NULL CHECK (topics_up BETWEEN 0 AND 8),
  topics_down   INTEGER NOT NULL CHECK (topics_down BETWEEN 0 AND 8)
) STRICT, WITHOUT ROWID;
CREATE INDEX transition_quarter ON transition (quarter);
