-- Record keys, by which counts are rounded; see engine.RecordKey. Derived from the id and
-- not drawn, so that every copy of a row has the same.
ALTER TABLE outcome ADD COLUMN rkey INTEGER NOT NULL DEFAULT 0;
UPDATE outcome SET rkey = record_key(id);
ALTER TABLE followup_result ADD COLUMN rkey INTEGER NOT NULL DEFAULT 0;
UPDATE followup_result SET rkey = record_key(id);

-- The sum of the keys of what was counted. NULL for weeks that were counted without keys:
-- their counts are not told with attributes.
ALTER TABLE counter ADD COLUMN k INTEGER;

-- Which editions of the content were in use in a quarter. With each row it was a clock finer
-- than a quarter.
CREATE TABLE edition (
  quarter TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (quarter, content)
) STRICT, WITHOUT ROWID;
INSERT INTO edition SELECT DISTINCT quarter, content FROM outcome;
ALTER TABLE outcome DROP COLUMN content;

-- The tally again, with the sum of the keys beside every count.
DROP TRIGGER tally_outcome;
DROP TRIGGER tally_referral;
DROP TRIGGER tally_followup;
DROP VIEW attribute;
DROP VIEW followup_attribute;
DROP TABLE tally;

CREATE VIEW attribute (outcome, quarter, dimension, value, rkey) AS
  SELECT id, quarter, 'sector', sector, rkey FROM outcome UNION ALL
  SELECT id, quarter, 'region', region, rkey FROM outcome UNION ALL
  SELECT id, quarter, 'size', size, rkey FROM outcome UNION ALL
  SELECT id, quarter, 'quadrant', CASE WHEN extra = 1 AND quadrant <> 'vulnerable' THEN 'near' ELSE quadrant END, rkey FROM outcome UNION ALL
  SELECT id, quarter, 'readiness', CASE WHEN readiness_band < 3 THEN '0-29' WHEN readiness_band < 5 THEN '30-49'
    WHEN readiness_band < 7 THEN '50-69' ELSE '70-100' END, rkey FROM outcome UNION ALL
  SELECT id, quarter, 'impact', CASE WHEN impact_band < 3 THEN '0-29' WHEN impact_band < 5 THEN '30-49'
    WHEN impact_band < 7 THEN '50-69' ELSE '70-100' END, rkey FROM outcome UNION ALL
  SELECT id, quarter, 'dii', dii_basis, rkey FROM outcome UNION ALL
  SELECT id, quarter, 'self_image', self_image, rkey FROM outcome UNION ALL
  SELECT id, quarter, 'cyber', cyber, rkey FROM outcome UNION ALL
  SELECT id, quarter, 'phase', phase, rkey FROM outcome UNION ALL
  SELECT id, quarter, 'obstacle', obstacle, rkey FROM outcome UNION ALL
  SELECT id, quarter, 'help_wanted', help_wanted, rkey FROM outcome UNION ALL
  SELECT id, quarter, 'satisfaction', CASE WHEN satisfaction IN ('4', '5') THEN 'good' WHEN satisfaction = '' THEN '' ELSE 'not_good' END, rkey FROM outcome UNION ALL
  SELECT id, quarter, 'partner', partner, rkey FROM outcome UNION ALL
  SELECT id, quarter, 'channel', channel, rkey FROM outcome UNION ALL
  SELECT id, quarter, 'lang', lang, rkey FROM outcome;

CREATE VIEW followup_attribute (answer, quarter, dimension, value, rkey) AS
  SELECT id, quarter, 'step_taken', initiative, rkey FROM followup_result UNION ALL
  SELECT id, quarter, 'helped', result, rkey FROM followup_result UNION ALL
  SELECT id, quarter, 'hindrance', reason, rkey FROM followup_result;

CREATE TABLE tally (
  quarter     TEXT NOT NULL,
  dimension_a TEXT NOT NULL,
  dimension_b TEXT NOT NULL,
  value_a     TEXT NOT NULL,
  value_b     TEXT NOT NULL,
  n           INTEGER NOT NULL,
  k           INTEGER NOT NULL,
  PRIMARY KEY (quarter, dimension_a, dimension_b, value_a, value_b)
) STRICT, WITHOUT ROWID;

INSERT INTO tally
  SELECT quarter, dimension, '', value, '', count(*), sum(rkey) FROM attribute GROUP BY 1, 2, 4
  UNION ALL
  SELECT a.quarter, a.dimension, b.dimension, a.value, b.value, count(*), sum(a.rkey)
  FROM attribute a JOIN attribute b ON b.outcome = a.outcome AND b.dimension > a.dimension GROUP BY 1, 2, 3, 4, 5
  UNION ALL
  SELECT o.quarter, 'initiative', '', r.initiative, '', count(*), sum(o.rkey)
  FROM outcome_referral r JOIN outcome o ON o.id = r.outcome GROUP BY 1, 4
  UNION ALL
  SELECT a.quarter, min(a.dimension, 'initiative'), max(a.dimension, 'initiative'),
    iif(a.dimension < 'initiative', a.value, r.initiative), iif(a.dimension < 'initiative', r.initiative, a.value), count(*), sum(a.rkey)
  FROM outcome_referral r JOIN attribute a ON a.outcome = r.outcome GROUP BY 1, 2, 3, 4, 5
  UNION ALL
  SELECT quarter, dimension, '', value, '', count(*), sum(rkey) FROM followup_attribute GROUP BY 1, 2, 4
  UNION ALL
  SELECT a.quarter, a.dimension, b.dimension, a.value, b.value, count(*), sum(a.rkey)
  FROM followup_attribute a JOIN followup_attribute b ON b.answer = a.answer AND b.dimension > a.dimension GROUP BY 1, 2, 3, 4, 5;

CREATE TRIGGER tally_outcome AFTER INSERT ON outcome BEGIN
  INSERT INTO tally
    SELECT a.quarter, a.dimension, '', a.value, '', 1, a.rkey FROM attribute a WHERE a.outcome = NEW.id
    ON CONFLICT DO UPDATE SET n = n + 1, k = k + excluded.k;
  INSERT INTO tally
    SELECT a.quarter, a.dimension, b.dimension, a.value, b.value, 1, a.rkey
    FROM attribute a JOIN attribute b ON b.outcome = NEW.id AND b.dimension > a.dimension WHERE a.outcome = NEW.id
    ON CONFLICT DO UPDATE SET n = n + 1, k = k + excluded.k;
END;

CREATE TRIGGER tally_referral AFTER INSERT ON outcome_referral BEGIN
  INSERT INTO tally
    SELECT o.quarter, 'initiative', '', NEW.initiative, '', 1, o.rkey FROM outcome o WHERE o.id = NEW.outcome
    ON CONFLICT DO UPDATE SET n = n + 1, k = k + excluded.k;
  INSERT INTO tally
    SELECT a.quarter, min(a.dimension, 'initiative'), max(a.dimension, 'initiative'),
      iif(a.dimension < 'initiative', a.value, NEW.initiative), iif(a.dimension < 'initiative', NEW.initiative, a.value), 1, a.rkey
    FROM attribute a WHERE a.outcome = NEW.outcome
    ON CONFLICT DO UPDATE SET n = n + 1, k = k + excluded.k;
END;

CREATE TRIGGER tally_followup AFTER INSERT ON followup_result BEGIN
  INSERT INTO tally
    SELECT a.quarter, a.dimension, '', a.value, '', 1, a.rkey FROM followup_attribute a WHERE a.answer = NEW.id
    ON CONFLICT DO UPDATE SET n = n + 1, k = k + excluded.k;
  INSERT INTO tally
    SELECT a.quarter, a.dimension, b.dimension, a.value, b.value, 1, a.rkey
    FROM followup_attribute a JOIN followup_attribute b ON b.answer = NEW.id AND b.dimension > a.dimension WHERE a.answer = NEW.id
    ON CONFLICT DO UPDATE SET n = n + 1, k = k + excluded.k;
END;
