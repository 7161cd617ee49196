-- How far businesses came since an earlier check, waiting to be handed over. cid lets their
-- chat erase it until then.
CREATE TABLE transition (
  id    BLOB PRIMARY KEY,
  cid   BLOB NOT NULL,
  batch BLOB,
  body  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX transition_chat ON transition (cid);
