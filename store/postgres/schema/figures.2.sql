-- The greatest epoch of whoever hands over to the figures: a program whose lease was taken over
-- cannot enter a batch any more. One row.
CREATE TABLE figures.fence (epoch bigint NOT NULL);
INSERT INTO figures.fence VALUES (0);
