-- How long a business took from its first answer to the result, in whole minutes and in classes:
-- "day" is a day or more. Empty where that is unknown.
ALTER TABLE figures.outcome ADD COLUMN duration text COLLATE "C" NOT NULL DEFAULT '' CHECK (duration IN ('', '0-3min', '4-7min', '8-14min', '15+min', 'day'));

CREATE OR REPLACE VIEW figures.attribute (outcome, quarter, dimension, value, rkey) AS
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
  SELECT id, quarter, 'lang' COLLATE "C", lang, rkey FROM figures.outcome UNION ALL
  SELECT id, quarter, 'duration' COLLATE "C", duration, rkey FROM figures.outcome;

-- What was counted before has no duration.
INSERT INTO figures.tally (quarter, dimension_a, dimension_b, value_a, value_b, n, k)
  SELECT quarter, 'duration', '', '', '', sum(n), sum(k) FROM figures.tally WHERE dimension_a = 'quadrant' AND dimension_b = '' GROUP BY quarter;
INSERT INTO figures.tally (quarter, dimension_a, dimension_b, value_a, value_b, n, k)
  SELECT quarter, least(dimension_a, 'duration' COLLATE "C"), greatest(dimension_a, 'duration' COLLATE "C"),
    CASE WHEN dimension_a < 'duration' COLLATE "C" THEN value_a ELSE '' END, CASE WHEN dimension_a < 'duration' COLLATE "C" THEN '' ELSE value_a END, n, k
  FROM figures.tally WHERE dimension_b = '' AND dimension_a NOT IN ('duration', 'step_taken', 'helped', 'hindrance');
