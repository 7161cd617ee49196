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

-- Days on which many people begin through the link of one partner from one place. A program
-- that does not know them counts fewer of these. held is the day, announced by an organisation.
CREATE TABLE event (
  code   TEXT NOT NULL,
  held   TEXT NOT NULL,
  expect INTEGER NOT NULL,
  PRIMARY KEY (code, held)
) STRICT, WITHOUT ROWID;
