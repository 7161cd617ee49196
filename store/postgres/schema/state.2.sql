-- Who does what only one program may do. until is of the clock of the database; whoever takes a
-- lease over raises its epoch.
CREATE TABLE state.lease (
  name  text COLLATE "C" PRIMARY KEY,
  owner bytea,
  epoch bigint NOT NULL DEFAULT 0,
  until timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 50);
INSERT INTO state.lease (name) VALUES ('jobs'), ('poll');
INSERT INTO state.lease (name) SELECT 'out/' || lpad(n::text, 2, '0') FROM generate_series(0, 15) n;

-- The programs at work.
CREATE TABLE state.member (
  owner bytea PRIMARY KEY,
  until timestamptz NOT NULL
);
