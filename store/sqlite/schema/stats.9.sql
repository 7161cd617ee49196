-- What initiatives say of a year, about businesses together. waited, in days, is NULL where it was
-- not said. A program that does not know these tables leaves them as they are.
CREATE TABLE year_form (
  year        TEXT NOT NULL,
  initiative  TEXT NOT NULL,
  helped      INTEGER NOT NULL,
  from_us     INTEGER NOT NULL,
  not_from_us INTEGER NOT NULL,
  waited      INTEGER,
  remarks     TEXT NOT NULL,
  PRIMARY KEY (year, initiative)
) STRICT, WITHOUT ROWID;

-- The version of the address at which a form is filled in.
CREATE TABLE year_form_address (
  year       TEXT NOT NULL,
  initiative TEXT NOT NULL,
  version    INTEGER NOT NULL,
  PRIMARY KEY (year, initiative)
) STRICT, WITHOUT ROWID;
