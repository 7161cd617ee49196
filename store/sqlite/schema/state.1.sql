-- What is personal and short-lived. cid is a keyed hash of channel and chat id; a
-- body is encrypted and padded. Never backed up.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Updates handled in the last three days; mark is a keyed hash, day counts from 1970.
CREATE TABLE seen (
  mark BLOB PRIMARY KEY,
  day  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Running conversations. A rowid table, because a body of two kibibytes then stays on
-- one page. hour is the hour of expiry; the moment itself is in the body.
CREATE TABLE session (
  id   INTEGER PRIMARY KEY,
  cid  BLOB NOT NULL UNIQUE,
  hour INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX session_hour ON session (hour);

-- Finished conversations not handed over yet: at most one of a chat can still change.
CREATE TABLE staged (
  sid    BLOB PRIMARY KEY,
  cid    BLOB NOT NULL,
  frozen INTEGER NOT NULL CHECK (frozen IN (0, 1)),
  batch  BLOB,
  body   BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX staged_chat ON staged (cid);
CREATE UNIQUE INDEX staged_open ON staged (cid) WHERE frozen = 0;

-- Who was counted in which half-year, and nothing of what.
CREATE TABLE counted (
  cid    BLOB NOT NULL,
  period TEXT NOT NULL,
  PRIMARY KEY (cid, period)
) STRICT, WITHOUT ROWID;

-- Beginnings and unfinished runs not handed over yet.
CREATE TABLE tick (
  id    BLOB PRIMARY KEY,
  batch BLOB,
  body  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Those who asked for one question later, and on what day (2026-11-22) it is due.
CREATE TABLE followup (
  cid   BLOB PRIMARY KEY,
  day   TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  body  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX followup_day ON followup (day);

-- Messages to send. head is set on the first of each chat only: when it may go, in
-- milliseconds since 1970.
CREATE TABLE outbox (
  id      INTEGER PRIMARY KEY,
  cid     BLOB NOT NULL,
  slot    TEXT NOT NULL,
  edit    INTEGER NOT NULL,
  created INTEGER NOT NULL,
  tries   INTEGER NOT NULL DEFAULT 0,
  head    INTEGER,
  body    BLOB NOT NULL
) STRICT;
CREATE INDEX outbox_chat ON outbox (cid);
CREATE INDEX outbox_head ON outbox (head) WHERE head IS NOT NULL;

-- Updates that could not be handled: no content.
CREATE TABLE parked (
  mark  BLOB PRIMARY KEY,
  class TEXT NOT NULL,
  day   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
