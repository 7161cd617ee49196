-- What hardening needs beside the conversations and figures.

-- Whether a conversation is in a browser, of which there is an upper bound; NULL: it was
-- saved by an earlier version.
ALTER TABLE session ADD COLUMN browser INTEGER;
CREATE INDEX session_browser ON session (hour) WHERE browser = 1;

-- The oldest schema whose program can work with this file. A later step raises it, with
-- UPDATE compatibility SET min_reader, unless it only adds what an earlier program may ignore.
CREATE TABLE compatibility (
  of         TEXT PRIMARY KEY,
  min_reader INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO compatibility (of, min_reader) VALUES ('schema', 7);
