-- A session and most messages take more than the 2 kB from which PostgreSQL moves a value to
-- a table of its own, in pieces with an index; in the row they cost a third of the writes. A
-- page of sessions holds two rows and a free place for the next version of one of them.
ALTER TABLE state.session SET (toast_tuple_target = 8160, fillfactor = 70);
ALTER TABLE state.outbox SET (toast_tuple_target = 8160);

-- Only jobs look for rows by these, some times an hour; every turn had to keep them.
DROP INDEX state.outbox_created;
DROP INDEX state.seen_day;

-- Each number taken stands for so many messages of one transaction.
ALTER SEQUENCE state.message INCREMENT BY 128;

-- A row of the outbox lives for a second.
ALTER TABLE state.outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
