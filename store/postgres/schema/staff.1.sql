-- The people who work with the service: the same tables as in staff.db. Text is compared by its
-- bytes, as SQLite does. Times are milliseconds since 1970; 0 is "never".

-- An account keeps its id when the person is deleted, because the audit trail names it; the
-- name and everything else goes.
CREATE TABLE staff.account (
    id      TEXT COLLATE "C" PRIMARY KEY,
    name    TEXT COLLATE "C" NOT NULL,
    handle  BYTEA NOT NULL UNIQUE, -- of passkeys: random, says nothing
    created BIGINT NOT NULL,
    seen    BIGINT NOT NULL, -- the latest sign-in
    deleted BIGINT NOT NULL
);

CREATE TABLE staff.account_role (
    account TEXT COLLATE "C" NOT NULL REFERENCES staff.account (id),
    role    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, role)
);

-- Accounts of the organisation's own sign-in (OIDC).
CREATE TABLE staff.identity (
    issuer  TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL REFERENCES staff.account (id),
    PRIMARY KEY (issuer, subject)
);

CREATE TABLE staff.passkey (
    id         BYTEA PRIMARY KEY,
    account    TEXT COLLATE "C" NOT NULL REFERENCES staff.account (id),
    name       TEXT COLLATE "C" NOT NULL,
    credential TEXT COLLATE "C" NOT NULL, -- public key, counter and flags, as JSON
    created    BIGINT NOT NULL,
    used       BIGINT NOT NULL
);

-- One-time links, by the SHA-256 of what is in them.
CREATE TABLE staff.invitation (
    token   BYTEA PRIMARY KEY,
    account TEXT COLLATE "C" NOT NULL REFERENCES staff.account (id),
    expires BIGINT NOT NULL
);

-- Sign-ins that are open, by the SHA-256 of the cookie.
CREATE TABLE staff.session (
    token   BYTEA PRIMARY KEY,
    id      TEXT COLLATE "C" NOT NULL UNIQUE, -- to name it without revealing it
    account TEXT COLLATE "C" NOT NULL REFERENCES staff.account (id),
    way     TEXT COLLATE "C" NOT NULL,        -- "passkey" or "oidc"
    device  TEXT COLLATE "C" NOT NULL,
    hint    TEXT COLLATE "C" NOT NULL,        -- what a provider needs to sign out there; empty: nothing
    began   BIGINT NOT NULL,
    used    BIGINT NOT NULL
);

-- Challenges that were answered, so that an answer is good once.
CREATE TABLE staff.spent (
    challenge BYTEA PRIMARY KEY,
    expires   BIGINT NOT NULL
);

-- What was done. Rows are added and never changed; hash chains each to the one before.
CREATE TABLE staff.audit (
    seq    BIGINT PRIMARY KEY,
    at     BIGINT NOT NULL,
    who    TEXT COLLATE "C" NOT NULL,
    what   TEXT COLLATE "C" NOT NULL,
    about  TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    hash   BYTEA NOT NULL
);

-- Who gets the figures by mail. A row goes when the person wants no mail any more, and with
-- the account.
CREATE TABLE staff.mail (
    account   TEXT COLLATE "C" PRIMARY KEY REFERENCES staff.account (id),
    id        TEXT COLLATE "C" NOT NULL UNIQUE, -- random; in the links of mails
    address   TEXT COLLATE "C" NOT NULL,
    lang      TEXT COLLATE "C" NOT NULL,
    asked     BIGINT NOT NULL,
    confirmed BIGINT NOT NULL,      -- 0: not yet, and no figures are sent
    week      TEXT COLLATE "C" NOT NULL,        -- ISO week of the latest figures that were sent
    tries     BIGINT NOT NULL,      -- that failed since
    next      BIGINT NOT NULL,      -- no try before
    problem   TEXT COLLATE "C" NOT NULL,        -- the latest answer of the server, such as "550 5.1.1"
    refused   BIGINT NOT NULL       -- 1: no try until the person asks for it
);

-- What was published: the files that differ from the content of the program. Rows are added
-- and never changed.
CREATE TABLE staff.edition (
    id      BIGINT PRIMARY KEY, -- 1, 2, 3 ...
    hash    TEXT COLLATE "C" NOT NULL,
    program TEXT COLLATE "C" NOT NULL, -- the content of the program that it was made with
    scoring BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    by_id   TEXT COLLATE "C" NOT NULL,
    drafted TEXT COLLATE "C" NOT NULL,
    note    TEXT COLLATE "C" NOT NULL,
    rolled  BIGINT NOT NULL, -- the edition that was rolled back to; -1: none
    UNIQUE (id, hash)
);

CREATE TABLE staff.edition_file (
    edition BIGINT NOT NULL REFERENCES staff.edition (id),
    path    TEXT COLLATE "C" NOT NULL,
    data    BYTEA NOT NULL,
    PRIMARY KEY (edition, path)
);

-- What an editor changed and did not publish yet.
CREATE TABLE staff.draft (
    owner     TEXT COLLATE "C" PRIMARY KEY,
    began     BIGINT NOT NULL,
    touched   BIGINT NOT NULL,
    base      BIGINT NOT NULL,
    submitted TEXT COLLATE "C" NOT NULL,
    note      TEXT COLLATE "C" NOT NULL
);

-- NULL is the file of the program.
CREATE TABLE staff.draft_file (
    owner TEXT COLLATE "C" NOT NULL REFERENCES staff.draft (owner),
    path  TEXT COLLATE "C" NOT NULL,
    base  BYTEA,
    data  BYTEA,
    PRIMARY KEY (owner, path)
);

CREATE TABLE staff.draft_step (
    owner TEXT COLLATE "C" NOT NULL REFERENCES staff.draft (owner),
    seq   BIGINT NOT NULL,
    at    BIGINT NOT NULL,
    file  TEXT COLLATE "C" NOT NULL,
    path  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (owner, seq)
);

CREATE TABLE staff.draft_step_file (
    owner  TEXT COLLATE "C" NOT NULL,
    seq    BIGINT NOT NULL,
    path   TEXT COLLATE "C" NOT NULL,
    before BYTEA,
    after  BYTEA,
    PRIMARY KEY (owner, seq, path),
    FOREIGN KEY (owner, seq) REFERENCES staff.draft_step (owner, seq)
);
