-- What hardening needs beside the conversations and figures.

-- The oldest schema whose program can work with this file. A later step raises it, with
-- UPDATE compatibility SET min_reader, unless it only adds what an earlier program may ignore.
CREATE TABLE compatibility (
  of         TEXT PRIMARY KEY,
  min_reader INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO compatibility (of, min_reader) VALUES ('schema', 7);

-- The logo that stands on the page of a partner, of the data folder or of a file. version
-- differs for every picture.
CREATE TABLE partner_logo (
  code    TEXT PRIMARY KEY,
  version TEXT NOT NULL,
  png     BLOB NOT NULL
) STRICT, WITHOUT ROWID;
