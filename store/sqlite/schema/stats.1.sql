-- Figures and no person: random keys, nothing kept in order of arrival, no time
-- finer than a week.
CREATE TABLE batch (
  id       BLOB PRIMARY KEY,
  quarter  TEXT NOT NULL,
  n        INTEGER NOT NULL,
  stripped INTEGER NOT NULL CHECK (stripped IN (0, 1)),
  CHECK (n >= 5 OR stripped = 1)
) STRICT, WITHOUT ROWID;

CREATE TABLE counter (
  week TEXT NOT NULL,
  kind TEXT NOT NULL,
  key  TEXT NOT NULL,
  n    INTEGER NOT NULL,
  PRIMARY KEY (week, kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE outcome (
  id             BLOB PRIMARY KEY,
  quarter        TEXT NOT NULL,
  sector         TEXT NOT NULL,
  region         TEXT NOT NULL,
  size           TEXT NOT NULL,
  self_image     TEXT NOT NULL,
  readiness_band INTEGER NOT NULL CHECK (readiness_band BETWEEN 0 AND 9),
  impact_band    INTEGER NOT NULL CHECK (impact_band BETWEEN 0 AND 9),
  dii_basis      TEXT NOT NULL,
  quadrant       TEXT NOT NULL,
  border         INTEGER NOT NULL,
  extra          INTEGER NOT NULL,
  indicative     INTEGER NOT NULL,
  cyber          TEXT NOT NULL,
  phase          TEXT NOT NULL,
  obstacle       TEXT NOT NULL,
  help_wanted    TEXT NOT NULL,
  satisfaction   TEXT NOT NULL,
  partner        TEXT NOT NULL,
  channel        TEXT NOT NULL,
  lang           TEXT NOT NULL,
  question_set   INTEGER NOT NULL,
  scoring        INTEGER NOT NULL,
  content        TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX outcome_quarter ON outcome (quarter);

CREATE TABLE outcome_referral (
  outcome    BLOB NOT NULL REFERENCES outcome (id),
  initiative TEXT NOT NULL,
  PRIMARY KEY (outcome, initiative)
) STRICT, WITHOUT ROWID;
