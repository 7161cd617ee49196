-- What hardening needs beside the conversations and figures.

-- Whether a conversation is in a browser, of which there is an upper bound; NULL: it was
-- saved by an earlier version.
ALTER TABLE session ADD COLUMN browser INTEGER;
CREATE INDEX session_browser ON session (hour) WHERE browser = 1;
