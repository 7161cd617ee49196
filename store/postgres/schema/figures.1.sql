-- Figures and no person: random keys, nothing kept in order of arrival, no time finer than a
-- week. The tables are those of the files of SQLite. Text is compared by its bytes, as SQLite
-- does, so that every order is the same.
CREATE TABLE figures.batch (
  id       bytea PRIMARY KEY,
  quarter  text COLLATE "C" NOT NULL,
  n        integer NOT NULL,
  stripped boolean NOT NULL,
  CHECK (n >= 5 OR stripped)
);
CREATE TABLE figures.followup_batch (
  id       bytea PRIMARY KEY,
  n        integer NOT NULL,
  stripped boolean NOT NULL,
  CHECK (n >= 5 OR stripped)
);
CREATE TABLE figures.transition_batch (
  id       bytea PRIMARY KEY,
  n        integer NOT NULL,
  stripped boolean NOT NULL,
  CHECK (n >= 5 OR stripped)
);

-- k is the sum of the keys of what was counted; NULL for weeks that were counted without keys.
CREATE TABLE figures.counter (
  week text COLLATE "C" NOT NULL,
  kind text COLLATE "C" NOT NULL,
  key  text COLLATE "C" NOT NULL,
  n    bigint NOT NULL,
  k    bigint,
  PRIMARY KEY (week, kind, key)
);

-- rkey is the record key, by which counts are rounded; see engine.RecordKey.
CREATE TABLE figures.outcome (
  id             bytea PRIMARY KEY,
  rkey           bigint NOT NULL,
  quarter        text COLLATE "C" NOT NULL,
  sector         text COLLATE "C" NOT NULL,
  region         text COLLATE "C" NOT NULL,
  size           text COLLATE "C" NOT NULL,
  self_image     text COLLATE "C" NOT NULL,
  readiness_band integer NOT NULL CHECK (readiness_band BETWEEN 0 AND 9),
  impact_band    integer NOT NULL CHECK (impact_band BETWEEN 0 AND 9),
  dii_basis      text COLLATE "C" NOT NULL,
  quadrant       text COLLATE "C" NOT NULL,
  border         boolean NOT NULL,
  extra          boolean NOT NULL,
  indicative     boolean NOT NULL,
  cyber          text COLLATE "C" NOT NULL,
  phase          text COLLATE "C" NOT NULL,
  obstacle       text COLLATE "C" NOT NULL,
  help_wanted    text COLLATE "C" NOT NULL,
  satisfaction   text COLLATE "C" NOT NULL,
  partner        text COLLATE "C" NOT NULL,
  channel        text COLLATE "C" NOT NULL,
  lang           text COLLATE "C" NOT NULL,
  question_set   integer NOT NULL,
  scoring        integer NOT NULL
);
CREATE INDEX outcome_quarter ON figures.outcome (quarter);

CREATE TABLE figures.outcome_referral (
  outcome    bytea NOT NULL REFERENCES figures.outcome (id),
  initiative text COLLATE "C" NOT NULL,
  PRIMARY KEY (outcome, initiative)
);

-- Which editions of the content were in use in a quarter.
CREATE TABLE figures.edition (
  quarter text COLLATE "C" NOT NULL,
  content text COLLATE "C" NOT NULL,
  PRIMARY KEY (quarter, content)
);

-- Answers to follow-ups. They belong to no outcome.
CREATE TABLE figures.followup_result (
  id         bytea PRIMARY KEY,
  rkey       bigint NOT NULL,
  quarter    text COLLATE "C" NOT NULL,
  initiative text COLLATE "C" NOT NULL,
  result     text COLLATE "C" NOT NULL,
  reason     text COLLATE "C" NOT NULL
);
CREATE INDEX followup_result_quarter ON figures.followup_result (quarter);

-- How far businesses came since an earlier check. A row belongs to no outcome.
CREATE TABLE figures.transition (
  id            bytea PRIMARY KEY,
  rkey          bigint NOT NULL,
  quarter       text COLLATE "C" NOT NULL,
  quadrant_then text COLLATE "C" NOT NULL,
  quadrant_now  text COLLATE "C" NOT NULL,
  topics_up     integer NOT NULL CHECK (topics_up BETWEEN 0 AND 8),
  topics_down   integer NOT NULL CHECK (topics_down BETWEEN 0 AND 8)
);
CREATE INDEX transition_quarter ON figures.transition (quarter);

-- The outcomes as the reports count them, one row per attribute. Some attributes are coarser
-- than what is stored, so that no two tables count the same firms in different classes and can
-- be taken apart.
CREATE VIEW figures.attribute (outcome, quarter, dimension, value, rkey) AS
  SELECT id, quarter, 'sector' COLLATE "C", sector, rkey FROM figures.outcome UNION ALL
  SELECT id, quarter, 'region' COLLATE "C", region, rkey FROM figures.outcome UNION ALL
  SELECT id, quarter, 'size' COLLATE "C", size, rkey FROM figures.outcome UNION ALL
  SELECT id, quarter, 'quadrant' COLLATE "C", (CASE WHEN extra AND quadrant <> 'vulnerable' THEN 'near' ELSE quadrant END) COLLATE "C", rkey FROM figures.outcome UNION ALL
  SELECT id, quarter, 'readiness' COLLATE "C", (CASE WHEN readiness_band < 3 THEN '0-29' WHEN readiness_band < 5 THEN '30-49'
    WHEN readiness_band < 7 THEN '50-69' ELSE '70-100' END) COLLATE "C", rkey FROM figures.outcome UNION ALL
  SELECT id, quarter, 'impact' COLLATE "C", (CASE WHEN impact_band < 3 THEN '0-29' WHEN impact_band < 5 THEN '30-49'
    WHEN impact_band < 7 THEN '50-69' ELSE '70-100' END) COLLATE "C", rkey FROM figures.outcome UNION ALL
  SELECT id, quarter, 'dii' COLLATE "C", dii_basis, rkey FROM figures.outcome UNION ALL
  SELECT id, quarter, 'self_image' COLLATE "C", self_image, rkey FROM figures.outcome UNION ALL
  SELECT id, quarter, 'cyber' COLLATE "C", cyber, rkey FROM figures.outcome UNION ALL
  SELECT id, quarter, 'phase' COLLATE "C", phase, rkey FROM figures.outcome UNION ALL
  SELECT id, quarter, 'obstacle' COLLATE "C", obstacle, rkey FROM figures.outcome UNION ALL
  SELECT id, quarter, 'help_wanted' COLLATE "C", help_wanted, rkey FROM figures.outcome UNION ALL
  SELECT id, quarter, 'satisfaction' COLLATE "C", (CASE WHEN satisfaction IN ('4', '5') THEN 'good' WHEN satisfaction = '' THEN '' ELSE 'not_good' END) COLLATE "C", rkey FROM figures.outcome UNION ALL
  SELECT id, quarter, 'partner' COLLATE "C", partner, rkey FROM figures.outcome UNION ALL
  SELECT id, quarter, 'channel' COLLATE "C", channel, rkey FROM figures.outcome UNION ALL
  SELECT id, quarter, 'lang' COLLATE "C", lang, rkey FROM figures.outcome;

CREATE VIEW figures.followup_attribute (answer, quarter, dimension, value, rkey) AS
  SELECT id, quarter, 'step_taken' COLLATE "C", initiative, rkey FROM figures.followup_result UNION ALL
  SELECT id, quarter, 'helped' COLLATE "C", result, rkey FROM figures.followup_result UNION ALL
  SELECT id, quarter, 'hindrance' COLLATE "C", reason, rkey FROM figures.followup_result;

-- How many outcomes of a quarter have a value, and each two values: dimension_b is empty in the
-- first case, otherwise it comes after dimension_a. A report reads this, so that it takes as
-- long for a million outcomes as for a thousand. k is the sum of their keys.
CREATE TABLE figures.tally (
  quarter     text COLLATE "C" NOT NULL,
  dimension_a text COLLATE "C" NOT NULL,
  dimension_b text COLLATE "C" NOT NULL,
  value_a     text COLLATE "C" NOT NULL,
  value_b     text COLLATE "C" NOT NULL,
  n           bigint NOT NULL,
  k           bigint NOT NULL,
  PRIMARY KEY (quarter, dimension_a, dimension_b, value_a, value_b)
);

-- The tally is kept per statement: rows that are inserted together are added up first.
CREATE FUNCTION figures.tally_outcome() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO figures.tally AS t
    SELECT a.quarter, a.dimension, '', a.value, '', count(*), sum(a.rkey)
    FROM added JOIN figures.attribute a ON a.outcome = added.id GROUP BY 1, 2, 4
    UNION ALL
    SELECT a.quarter, a.dimension, b.dimension, a.value, b.value, count(*), sum(a.rkey)
    FROM added JOIN figures.attribute a ON a.outcome = added.id
    JOIN figures.attribute b ON b.outcome = added.id AND b.dimension > a.dimension GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (quarter, dimension_a, dimension_b, value_a, value_b) DO UPDATE SET n = t.n + excluded.n, k = t.k + excluded.k;
  RETURN NULL;
END $$;
CREATE TRIGGER tally_outcome AFTER INSERT ON figures.outcome
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION figures.tally_outcome();

CREATE FUNCTION figures.tally_referral() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO figures.tally AS t
    SELECT o.quarter, 'initiative', '', added.initiative, '', count(*), sum(o.rkey)
    FROM added JOIN figures.outcome o ON o.id = added.outcome GROUP BY 1, 4
    UNION ALL
    SELECT a.quarter, least(a.dimension, 'initiative' COLLATE "C"), greatest(a.dimension, 'initiative' COLLATE "C"),
      CASE WHEN a.dimension < 'initiative' COLLATE "C" THEN a.value ELSE added.initiative END,
      CASE WHEN a.dimension < 'initiative' COLLATE "C" THEN added.initiative ELSE a.value END, count(*), sum(a.rkey)
    FROM added JOIN figures.attribute a ON a.outcome = added.outcome GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (quarter, dimension_a, dimension_b, value_a, value_b) DO UPDATE SET n = t.n + excluded.n, k = t.k + excluded.k;
  RETURN NULL;
END $$;
CREATE TRIGGER tally_referral AFTER INSERT ON figures.outcome_referral
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION figures.tally_referral();

CREATE FUNCTION figures.tally_followup() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO figures.tally AS t
    SELECT a.quarter, a.dimension, '', a.value, '', count(*), sum(a.rkey)
    FROM added JOIN figures.followup_attribute a ON a.answer = added.id GROUP BY 1, 2, 4
    UNION ALL
    SELECT a.quarter, a.dimension, b.dimension, a.value, b.value, count(*), sum(a.rkey)
    FROM added JOIN figures.followup_attribute a ON a.answer = added.id
    JOIN figures.followup_attribute b ON b.answer = added.id AND b.dimension > a.dimension GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (quarter, dimension_a, dimension_b, value_a, value_b) DO UPDATE SET n = t.n + excluded.n, k = t.k + excluded.k;
  RETURN NULL;
END $$;
CREATE TRIGGER tally_followup AFTER INSERT ON figures.followup_result
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION figures.tally_followup();

-- What was released, as it was: a table of a period is the same for ever after. hash is the
-- SHA-256 of content.
CREATE TABLE figures.release (
  period     text COLLATE "C" NOT NULL,
  level      text COLLATE "C" NOT NULL,
  dimensions text COLLATE "C" NOT NULL,
  week       text NOT NULL,
  hash       bytea NOT NULL,
  content    text NOT NULL,
  PRIMARY KEY (period, level, dimensions)
);

-- Organisations that hand out the link and are kept here instead of in a file. Never deleted:
-- their printed links and their counts live on. label is what they are called, place a GM code.
CREATE TABLE figures.partner (
  code  text COLLATE "C" PRIMARY KEY,
  label text NOT NULL,
  kind  text NOT NULL,
  place text NOT NULL,
  lang  text NOT NULL
);

-- What is decided about a partner, kept here or in a file. version is that of the address of
-- its own figures, since the ISO week from which that address works.
CREATE TABLE figures.partner_state (
  code    text COLLATE "C" PRIMARY KEY,
  paused  boolean NOT NULL DEFAULT false,
  version integer NOT NULL DEFAULT 0,
  since   text NOT NULL DEFAULT ''
);

-- version differs for every picture.
CREATE TABLE figures.partner_logo (
  code    text COLLATE "C" PRIMARY KEY,
  version text NOT NULL,
  png     bytea NOT NULL
);

-- Days on which many people begin through the link of one partner from one place.
CREATE TABLE figures.event (
  code   text COLLATE "C" NOT NULL,
  held   text COLLATE "C" NOT NULL,
  expect integer NOT NULL,
  PRIMARY KEY (code, held)
);

-- What initiatives say of a year, about businesses together. waited, in days, is NULL where it
-- was not said.
CREATE TABLE figures.year_form (
  year        integer NOT NULL,
  initiative  text COLLATE "C" NOT NULL,
  helped      integer NOT NULL,
  from_us     integer NOT NULL,
  not_from_us integer NOT NULL,
  waited      integer,
  remarks     text NOT NULL,
  PRIMARY KEY (year, initiative)
);

-- The version of the address at which a form is filled in.
CREATE TABLE figures.year_form_address (
  year       integer NOT NULL,
  initiative text COLLATE "C" NOT NULL,
  version    integer NOT NULL,
  PRIMARY KEY (year, initiative)
);
