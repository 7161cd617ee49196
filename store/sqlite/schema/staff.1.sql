-- The people who work with the service. Tables, types and statements are plain enough for
-- SQLite and PostgreSQL alike. Times are milliseconds since 1970; 0 is "never".

-- An account keeps its id when the person is deleted, because the audit trail names it; the
-- name and everything else goes.
CREATE TABLE account (
    id      TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    handle  BYTEA NOT NULL UNIQUE, -- of passkeys: random, says nothing
    created BIGINT NOT NULL,
    seen    BIGINT NOT NULL, -- the latest sign-in
    deleted BIGINT NOT NULL
);

CREATE TABLE account_role (
    account TEXT NOT NULL REFERENCES account (id),
    role    TEXT NOT NULL,
    PRIMARY KEY (account, role)
);

-- Accounts of the organisation's own sign-in (OIDC).
CREATE TABLE identity (
    issuer  TEXT NOT NULL,
    subject TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES account (id),
    PRIMARY KEY (issuer, subject)
);

CREATE TABLE passkey (
    id         BYTEA PRIMARY KEY,
    account    TEXT NOT NULL REFERENCES account (id),
    name       TEXT NOT NULL,
    credential TEXT NOT NULL, -- public key, counter and flags, as JSON
    created    BIGINT NOT NULL,
    used       BIGINT NOT NULL
);

-- One-time links, by the SHA-256 of what is in them.
CREATE TABLE invitation (
    token   BYTEA PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id),
    expires BIGINT NOT NULL
);

-- Sign-ins that are open, by the SHA-256 of the cookie.
CREATE TABLE session (
    token   BYTEA PRIMARY KEY,
    id      TEXT NOT NULL UNIQUE, -- to name it without revealing it
    account TEXT NOT NULL REFERENCES account (id),
    way     TEXT NOT NULL,        -- "passkey" or "oidc"
    device  TEXT NOT NULL,
    hint    TEXT NOT NULL,        -- what a provider needs to sign out there; empty: nothing
    began   BIGINT NOT NULL,
    used    BIGINT NOT NULL
);

-- Challenges that were answered, so that an answer is good once.
CREATE TABLE spent (
    challenge BYTEA PRIMARY KEY,
    expires   BIGINT NOT NULL
);

-- What was done. Rows are added and never changed; hash chains each to the one before.
CREATE TABLE audit (
    seq    BIGINT PRIMARY KEY,
    at     BIGINT NOT NULL,
    who    TEXT NOT NULL,
    what   TEXT NOT NULL,
    about  TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash   BYTEA NOT NULL
);

-- Who gets the figures by mail. A row goes when the person wants no mail any more, and with
-- the account.
CREATE TABLE mail (
    account   TEXT PRIMARY KEY REFERENCES account (id),
    id        TEXT NOT NULL UNIQUE, -- random; in the links of mails
    address   TEXT NOT NULL,
    lang      TEXT NOT NULL,
    asked     BIGINT NOT NULL,
    confirmed BIGINT NOT NULL,      -- 0: not yet, and no figures are sent
    week      TEXT NOT NULL,        -- ISO week of the latest figures that were sent
    tries     BIGINT NOT NULL,      -- that failed since
    next      BIGINT NOT NULL,      -- no try before
    problem   TEXT NOT NULL,        -- the latest answer of the server, such as "550 5.1.1"
    refused   BIGINT NOT NULL       -- 1: no try until the person asks for it
);

-- What was published: the files that differ from the content of the program. Rows are added
-- and never changed.
CREATE TABLE edition (
    id      BIGINT PRIMARY KEY, -- 1, 2, 3 ...
    hash    TEXT NOT NULL,
    program TEXT NOT NULL, -- the content of the program that it was made with
    scoring BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    by_id   TEXT NOT NULL,
    drafted TEXT NOT NULL,
    note    TEXT NOT NULL,
    rolled  BIGINT NOT NULL, -- the edition that was rolled back to; -1: none
    UNIQUE (id, hash)
);

CREATE TABLE edition_file (
    edition BIGINT NOT NULL REFERENCES edition (id),
    path    TEXT NOT NULL,
    data    BYTEA NOT NULL,
    PRIMARY KEY (edition, path)
);

-- What an editor changed and did not publish yet.
CREATE TABLE draft (
    owner     TEXT PRIMARY KEY,
    began     BIGINT NOT NULL,
    touched   BIGINT NOT NULL,
    base      BIGINT NOT NULL,
    submitted TEXT NOT NULL,
    note      TEXT NOT NULL
);

-- NULL is the file of the program.
CREATE TABLE draft_file (
    owner TEXT NOT NULL REFERENCES draft (owner),
    path  TEXT NOT NULL,
    base  BYTEA,
    data  BYTEA,
    PRIMARY KEY (owner, path)
);

CREATE TABLE draft_step (
    owner TEXT NOT NULL REFERENCES draft (owner),
    seq   BIGINT NOT NULL,
    at    BIGINT NOT NULL,
    file  TEXT NOT NULL,
    path  TEXT NOT NULL,
    PRIMARY KEY (owner, seq)
);

CREATE TABLE draft_step_file (
    owner  TEXT NOT NULL,
    seq    BIGINT NOT NULL,
    path   TEXT NOT NULL,
    before BYTEA,
    after  BYTEA,
    PRIMARY KEY (owner, seq, path),
    FOREIGN KEY (owner, seq) REFERENCES draft_step (owner, seq)
);
