-- The order of messages is in the file again. due is set on the first message of each chat
-- only: when it may go, in milliseconds since 1970.
UPDATE outbox SET due = created WHERE due IS NULL AND id IN (SELECT min(id) FROM outbox GROUP BY cid);
CREATE INDEX outbox_chat ON outbox (cid);
CREATE INDEX outbox_due ON outbox (due) WHERE due IS NOT NULL;
CREATE TRIGGER outbox_next AFTER DELETE ON outbox WHEN OLD.due IS NOT NULL BEGIN
  UPDATE outbox SET due = created WHERE id = (SELECT min(id) FROM outbox WHERE cid = OLD.cid);
END;
