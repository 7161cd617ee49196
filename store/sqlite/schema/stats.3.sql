-- The outcomes as the reports count them, one row per attribute. Some attributes are
-- coarser than what is stored, so that no two tables count the same firms in different
-- classes and can be taken apart.
CREATE VIEW attribute (outcome, quarter, dimension, value) AS
  SELECT id, quarter, 'sector', sector FROM outcome UNION ALL
  SELECT id, quarter, 'region', region FROM outcome UNION ALL
  SELECT id, quarter, 'size', size FROM outcome UNION ALL
  SELECT id, quarter, 'quadrant', CASE WHEN extra = 1 AND quadrant <> 'vulnerable' THEN 'near' ELSE quadrant END FROM outcome UNION ALL
  SELECT id, quarter, 'readiness', CASE WHEN readiness_band < 3 THEN '0-29' WHEN readiness_band < 5 THEN '30-49'
    WHEN readiness_band < 7 THEN '50-69' ELSE '70-100' END FROM outcome UNION ALL
  SELECT id, quarter, 'impact', CASE WHEN impact_band < 3 THEN '0-29' WHEN impact_band < 5 THEN '30-49'
    WHEN impact_band < 7 THEN '50-69' ELSE '70-100' END FROM outcome UNION ALL
  SELECT id, quarter, 'dii', dii_basis FROM outcome UNION ALL
  SELECT id, quarter, 'self_image', self_image FROM outcome UNION ALL
  SELECT id, quarter, 'cyber', cyber FROM outcome UNION ALL
  SELECT id, quarter, 'phase', phase FROM outcome UNION ALL
  SELECT id, quarter, 'obstacle', obstacle FROM outcome UNION ALL
  SELECT id, quarter, 'help_wanted', help_wanted FROM outcome UNION ALL
  SELECT id, quarter, 'satisfaction', CASE WHEN satisfaction IN ('4', '5') THEN 'good' WHEN satisfaction = '' THEN '' ELSE 'not_good' END FROM outcome UNION ALL
  SELECT id, quarter, 'partner', partner FROM outcome UNION ALL
  SELECT id, quarter, 'channel', channel FROM outcome UNION ALL
  SELECT id, quarter, 'lang', lang FROM outcome;

CREATE VIEW followup_attribute (answer, quarter, dimension, value) AS
  SELECT id, quarter, 'step_taken', initiative FROM followup_result UNION ALL
  SELECT id, quarter, 'helped', result FROM followup_result UNION ALL
  SELECT id, quarter, 'hindrance', reason FROM followup_result;

-- How many outcomes of a quarter have a value, and each two values: dimension_b is empty
-- in the first case, otherwise it comes after dimension_a. A report reads this, so that
-- it takes as long for a million outcomes as for a thousand.
CREATE TABLE tally (
  quarter     TEXT NOT NULL,
  dimension_a TEXT NOT NULL,
  dimension_b TEXT NOT NULL,
  value_a     TEXT NOT NULL,
  value_b     TEXT NOT NULL,
  n           INTEGER NOT NULL,
  PRIMARY KEY (quarter, dimension_a, dimension_b, value_a, value_b)
) STRICT, WITHOUT ROWID;

INSERT INTO tally
  SELECT quarter, dimension, '', value, '', count(*) FROM attribute GROUP BY 1, 2, 4
  UNION ALL
  SELECT a.quarter, a.dimension, b.dimension, a.value, b.value, count(*)
  FROM attribute a JOIN attribute b ON b.outcome = a.outcome AND b.dimension > a.dimension GROUP BY 1, 2, 3, 4, 5
  UNION ALL
  SELECT o.quarter, 'initiative', '', r.initiative, '', count(*)
  FROM outcome_referral r JOIN outcome o ON o.id = r.outcome GROUP BY 1, 4
  UNION ALL
  SELECT a.quarter, min(a.dimension, 'initiative'), max(a.dimension, 'initiative'),
    iif(a.dimension < 'initiative', a.value, r.initiative), iif(a.dimension < 'initiative', r.initiative, a.value), count(*)
  FROM outcome_referral r JOIN attribute a ON a.outcome = r.outcome GROUP BY 1, 2, 3, 4, 5
  UNION ALL
  SELECT quarter, dimension, '', value, '', count(*) FROM followup_attribute GROUP BY 1, 2, 4
  UNION ALL
  SELECT a.quarter, a.dimension, b.dimension, a.value, b.value, count(*)
  FROM followup_attribute a JOIN followup_attribute b ON b.answer = a.answer AND b.dimension > a.dimension GROUP BY 1, 2, 3, 4, 5;

CREATE TRIGGER tally_outcome AFTER INSERT ON outcome BEGIN
  INSERT INTO tally
    SELECT a.quarter, a.dimension, '', a.value, '', 1 FROM attribute a WHERE a.outcome = NEW.id
    ON CONFLICT DO UPDATE SET n = n + 1;
  INSERT INTO tally
    SELECT a.quarter, a.dimension, b.dimension, a.value, b.value, 1
    FROM attribute a JOIN attribute b ON b.outcome = NEW.id AND b.dimension > a.dimension WHERE a.outcome = NEW.id
    ON CONFLICT DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER tally_referral AFTER INSERT ON outcome_referral BEGIN
  INSERT INTO tally
    SELECT o.quarter, 'initiative', '', NEW.initiative, '', 1 FROM outcome o WHERE o.id = NEW.outcome
    ON CONFLICT DO UPDATE SET n = n + 1;
  INSERT INTO tally
    SELECT a.quarter, min(a.dimension, 'initiative'), max(a.dimension, 'initiative'),
      iif(a.dimension < 'initiative', a.value, NEW.initiative), iif(a.dimension < 'initiative', NEW.initiative, a.value), 1
    FROM attribute a WHERE a.outcome = NEW.outcome
    ON CONFLICT DO UPDATE SET n = n + 1;
END;

CREATE TRIGGER tally_followup AFTER INSERT ON followup_result BEGIN
  INSERT INTO tally
    SELECT a.quarter, a.dimension, '', a.value, '', 1 FROM followup_attribute a WHERE a.answer = NEW.id
    ON CONFLICT DO UPDATE SET n = n + 1;
  INSERT INTO tally
    SELECT a.quarter, a.dimension, b.dimension, a.value, b.value, 1
    FROM followup_attribute a JOIN followup_attribute b ON b.answer = NEW.id AND b.dimension > a.dimension WHERE a.answer = NEW.id
    ON CONFLICT DO UPDATE SET n = n + 1;
END;

-- What was released, as it was: a table of a period is the same for ever after. hash is
-- the SHA-256 of content.
CREATE TABLE release (
  period     TEXT NOT NULL,
  level      TEXT NOT NULL,
  dimensions TEXT NOT NULL,
  week       TEXT NOT NULL,
  hash       BLOB NOT NULL,
  content    TEXT NOT NULL,
  PRIMARY KEY (period, level, dimensions)
) STRICT, WITHOUT ROWID;
