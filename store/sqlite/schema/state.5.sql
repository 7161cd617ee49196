-- The order of messages and who has which is remembered while the program runs, so the
-- file needs no indexes for it. due is when a message that was put off may go, in
-- milliseconds since 1970; NULL: as soon as those before it in its chat have gone.
DROP INDEX outbox_chat;
DROP INDEX outbox_head;
ALTER TABLE outbox RENAME COLUMN head TO due;
