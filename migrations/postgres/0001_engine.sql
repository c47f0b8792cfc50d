-- The engine's tables; the twin of sqlite/0001_engine.sql. Times are milliseconds since the Unix epoch.
-- Names are compared and sorted by their bytes (COLLATE "C"), as on SQLite, whatever the database's language.

-- Who may commit: a commit names the epochs that must still hold. SQLite needs none, there a lock on the file does it.
CREATE TABLE fence (
  partition integer PRIMARY KEY,
  epoch     bigint NOT NULL,
  owner     text   NOT NULL,  -- for people
  taken_at  bigint NOT NULL
);

-- One row per workflow: its current state, pending actions and timers together, so that a transition is one image.
-- fillfactor 50 leaves room for updates in place (HOT), which more than doubled throughput in measurements.
CREATE TABLE workflow (
  id            bigint PRIMARY KEY,
  kind          text COLLATE "C" NOT NULL,
  key           text COLLATE "C" NOT NULL,
  status        text    NOT NULL,
  standing      smallint NOT NULL,  -- 0 moving, 1 awaits an event, 2 terminal
  title         text    NOT NULL,
  run           bigint NOT NULL,
  subject       text,
  machine_id    text,
  volume_id     text,
  state         text    NOT NULL,
  state_version bigint NOT NULL,
  revision      bigint NOT NULL,
  actions       bigint NOT NULL,  -- highest action id handed out
  timers        text,
  wake_at       bigint,
  has_pending   smallint NOT NULL,
  pending       text,
  pool          text,
  pool_group    text,
  pool_priority smallint,           -- null: holds the slot
  pool_since    bigint,
  last_activity bigint NOT NULL
) WITH (fillfactor = 50);

CREATE UNIQUE INDEX workflow_by_key ON workflow (kind, key);                     -- an event names its workflow by key
CREATE INDEX workflow_pending ON workflow (id) WHERE has_pending = 1;            -- start: what was left pending
CREATE INDEX workflow_waking ON workflow (wake_at) WHERE wake_at IS NOT NULL;    -- the next stretch of timers
CREATE INDEX workflow_pool ON workflow (id) WHERE pool IS NOT NULL;              -- start: who holds and who waits

-- History. The key is what makes an event happen once, and costs no further index.
CREATE TABLE event (
  workflow bigint NOT NULL,
  id       text COLLATE "C" NOT NULL,
  seq      bigint NOT NULL,
  effect   smallint NOT NULL,  -- 0 applied, 1 upgraded (the payload is the state), 2 refused
  payload  text    NOT NULL,
  at       bigint NOT NULL,
  code     bigint NOT NULL,
  PRIMARY KEY (workflow, id)
);

CREATE TABLE code_version (
  id   bigint PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE
);

-- Events that came too early; by key, since their workflow may not exist.
CREATE TABLE early (
  kind       text COLLATE "C" NOT NULL,
  key        text COLLATE "C" NOT NULL,
  id         text COLLATE "C" NOT NULL,
  payload    text    NOT NULL,
  at         bigint NOT NULL,
  keep_until bigint NOT NULL,
  PRIMARY KEY (kind, key, id)
);

CREATE INDEX early_by_end ON early (keep_until);  -- the sweep

-- What lies beside the workflows.
CREATE TABLE blob (
  digest     text COLLATE "C" PRIMARY KEY,
  bytes      bytea NOT NULL,
  expires_at bigint
);

CREATE INDEX blob_by_end ON blob (expires_at) WHERE expires_at IS NOT NULL;  -- the sweep

CREATE TABLE document (
  collection text COLLATE "C" NOT NULL,
  key        text COLLATE "C" NOT NULL,
  value      text    NOT NULL,
  revision   bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (collection, key)
);

CREATE TABLE log (
  stream   text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL,
  at       bigint NOT NULL,
  text     text    NOT NULL,
  PRIMARY KEY (stream, sequence)
);

CREATE INDEX log_by_time ON log (at);  -- the sweep
