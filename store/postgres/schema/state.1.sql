-- What is personal and short-lived, as in the files of SQLite. cid is a keyed hash of channel
-- and chat id; a body is encrypted and padded. Never backed up. Text is compared by its
-- bytes, as SQLite does, so that every order is the same.
CREATE TABLE state.meta (
  name  text COLLATE "C" PRIMARY KEY,
  value bytea NOT NULL
);

-- Updates handled in the last three days; mark is a keyed hash, day counts from 1970.
CREATE TABLE state.seen (
  mark bytea PRIMARY KEY,
  day  bigint NOT NULL
);
CREATE INDEX seen_day ON state.seen (day);

-- Updates that could not be handled: no content.
CREATE TABLE state.parked (
  mark  bytea PRIMARY KEY,
  class text NOT NULL,
  day   bigint NOT NULL
);

-- Running conversations. hour is the hour of expiry; the moment itself is in the body. A page
-- is left half empty, so that a new version of a row fits beside the old one, and no index
-- changes.
CREATE TABLE state.session (
  cid     bytea PRIMARY KEY,
  hour    bigint NOT NULL,
  browser boolean NOT NULL,
  body    bytea NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX session_hour ON state.session (hour);
CREATE INDEX session_browser ON state.session (hour, cid) WHERE browser;

-- Finished conversations not handed over yet: at most one of a chat can still change.
CREATE TABLE state.staged (
  sid    bytea PRIMARY KEY,
  cid    bytea NOT NULL,
  frozen boolean NOT NULL,
  batch  bytea,
  body   bytea NOT NULL
);
CREATE INDEX staged_chat ON state.staged (cid);
CREATE UNIQUE INDEX staged_open ON state.staged (cid) WHERE NOT frozen;

-- Who was counted in which half-year, and nothing of what.
CREATE TABLE state.counted (
  cid    bytea NOT NULL,
  period text COLLATE "C" NOT NULL,
  PRIMARY KEY (cid, period)
);

-- Beginnings, unfinished runs and answers to follow-ups, not handed over yet.
CREATE TABLE state.tick (
  id    bytea PRIMARY KEY,
  batch bytea,
  body  bytea NOT NULL
);
CREATE TABLE state.answer (
  id    bytea PRIMARY KEY,
  batch bytea,
  body  bytea NOT NULL
);

-- How far businesses came since an earlier check. cid lets their chat erase it until it is
-- handed over.
CREATE TABLE state.transition (
  id    bytea PRIMARY KEY,
  cid   bytea NOT NULL,
  batch bytea,
  body  bytea NOT NULL
);
CREATE INDEX transition_chat ON state.transition (cid);

-- Those who asked for one question later, and on what day (2026-11-22) it is due.
CREATE TABLE state.followup (
  cid   bytea PRIMARY KEY,
  day   text COLLATE "C" NOT NULL,
  tries integer NOT NULL,
  body  bytea NOT NULL
);
CREATE INDEX followup_day ON state.followup (day, cid);

-- Coordinators who asked for the figures every Monday; kept until they withdraw.
CREATE TABLE state.subscriber (
  cid  bytea PRIMARY KEY,
  body bytea NOT NULL
);

-- Messages to send, in the order of id within a chat; across chats the order of id says
-- nothing. due is set on the first message of each chat only: when it may go, in
-- milliseconds since 1970.
CREATE SEQUENCE state.message AS bigint;
CREATE TABLE state.outbox (
  id      bigint PRIMARY KEY,
  cid     bytea NOT NULL,
  slot    text NOT NULL,
  edit    boolean NOT NULL,
  created bigint NOT NULL,
  tries   integer NOT NULL DEFAULT 0,
  due     bigint,
  body    bytea NOT NULL
);
CREATE INDEX outbox_chat ON state.outbox (cid, id);
CREATE INDEX outbox_due ON state.outbox (due, id) WHERE due IS NOT NULL;
CREATE INDEX outbox_created ON state.outbox (created);

-- A body is encrypted: compressing it is in vain.
ALTER TABLE state.session ALTER body SET STORAGE EXTERNAL;
ALTER TABLE state.outbox ALTER body SET STORAGE EXTERNAL;
