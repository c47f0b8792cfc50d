-- The engine's tables. Ascending integer keys: random ones dirty about one page per row.
-- Times are milliseconds since the Unix epoch.

-- One row per workflow: its current state, pending actions and timers together, so that a transition is one image.
CREATE TABLE workflow (
  id            INTEGER PRIMARY KEY,
  kind          TEXT    NOT NULL,
  key           TEXT    NOT NULL,
  status        TEXT    NOT NULL,
  standing      INTEGER NOT NULL,  -- 0 moving, 1 awaits an event, 2 terminal
  title         TEXT    NOT NULL,
  run           INTEGER NOT NULL,
  subject       TEXT,
  machine_id    TEXT,
  volume_id     TEXT,
  state         TEXT    NOT NULL,
  state_version INTEGER NOT NULL,
  revision      INTEGER NOT NULL,
  actions       INTEGER NOT NULL,  -- highest action id handed out
  timers        TEXT,
  wake_at       INTEGER,
  has_pending   INTEGER NOT NULL,
  pending       TEXT,
  pool          TEXT,
  pool_group    TEXT,
  pool_priority INTEGER,           -- null: holds the slot
  pool_since    INTEGER,
  last_activity INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX workflow_by_key ON workflow (kind, key);                     -- an event names its workflow by key
CREATE INDEX workflow_pending ON workflow (id) WHERE has_pending = 1;            -- start: what was left pending
CREATE INDEX workflow_waking ON workflow (wake_at) WHERE wake_at IS NOT NULL;    -- the next stretch of timers
CREATE INDEX workflow_pool ON workflow (id) WHERE pool IS NOT NULL;              -- start: who holds and who waits

-- History. The key is what makes an event happen once, and costs no further index.
CREATE TABLE event (
  workflow INTEGER NOT NULL,
  id       TEXT    NOT NULL,
  seq      INTEGER NOT NULL,
  effect   INTEGER NOT NULL,  -- 0 applied, 1 upgraded (the payload is the state), 2 refused
  payload  TEXT    NOT NULL,
  at       INTEGER NOT NULL,
  code     INTEGER NOT NULL,
  PRIMARY KEY (workflow, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE code_version (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

-- Events that came too early; by key, since their workflow may not exist.
CREATE TABLE early (
  kind       TEXT    NOT NULL,
  key        TEXT    NOT NULL,
  id         TEXT    NOT NULL,
  payload    TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  keep_until INTEGER NOT NULL,
  PRIMARY KEY (kind, key, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX early_by_end ON early (keep_until);  -- the sweep

-- What lies beside the workflows.
CREATE TABLE blob (
  digest     TEXT PRIMARY KEY,
  bytes      BLOB NOT NULL,
  expires_at INTEGER
) STRICT;

CREATE INDEX blob_by_end ON blob (expires_at) WHERE expires_at IS NOT NULL;  -- the sweep

CREATE TABLE document (
  collection TEXT    NOT NULL,
  key        TEXT    NOT NULL,
  value      TEXT    NOT NULL,
  revision   INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (collection, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE log (
  stream   TEXT    NOT NULL,
  sequence INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  text     TEXT    NOT NULL,
  PRIMARY KEY (stream, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX log_by_time ON log (at);  -- the sweep
