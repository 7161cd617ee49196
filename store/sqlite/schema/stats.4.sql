-- Organisations that hand out the link and are kept here instead of in a file. Never
-- deleted: their printed links and their counts live on. label is what they are called,
-- place a GM code.
CREATE TABLE partner (
  code  TEXT PRIMARY KEY,
  label TEXT NOT NULL,
  kind  TEXT NOT NULL,
  place TEXT NOT NULL,
  lang  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What is decided about a partner, kept here or in a file. version is that of the
-- address of its own figures, since the ISO week from which that address works.
CREATE TABLE partner_state (
  code    TEXT PRIMARY KEY,
  paused  INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
  version INTEGER NOT NULL DEFAULT 0,
  since   TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
