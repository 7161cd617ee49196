-- How long a business took from its first answer to the result, in whole minutes and in classes:
-- "day" is a day or more. Empty where that is unknown. A program that does not know the column
-- leaves it so.
ALTER TABLE outcome ADD COLUMN duration TEXT NOT NULL DEFAULT '' CHECK (duration IN ('', '0-3min', '4-7min', '8-14min', '15+min', 'day'));

DROP VIEW attribute;
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
  SELECT id, quarter, 'lang', lang, rkey FROM outcome UNION ALL
  SELECT id, quarter, 'duration', duration, rkey FROM outcome;

-- What was counted before has no duration.
INSERT INTO tally (quarter, dimension_a, dimension_b, value_a, value_b, n, k)
  SELECT quarter, 'duration', '', '', '', sum(n), sum(k) FROM tally WHERE dimension_a = 'quadrant' AND dimension_b = '' GROUP BY quarter;
INSERT INTO tally (quarter, dimension_a, dimension_b, value_a, value_b, n, k)
  SELECT quarter, min(dimension_a, 'duration'), max(dimension_a, 'duration'),
    CASE WHEN dimension_a < 'duration' THEN value_a ELSE '' END, CASE WHEN dimension_a < 'duration' THEN '' ELSE value_a END, n, k
  FROM tally WHERE dimension_b = '' AND dimension_a NOT IN ('duration', 'step_taken', 'helped', 'hindrance');
