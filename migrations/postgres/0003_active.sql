-- Whether a start looks at a workflow is no longer the same as whether it has pending actions: that changed with nearly
-- every transition, so that hardly any update was one in place (HOT) and all indexes were written. It stays set until
-- the workflow comes to rest (docs/performance.md).
ALTER TABLE workflow RENAME COLUMN has_pending TO active;
DROP INDEX workflow_pending;
CREATE INDEX workflow_active ON workflow (id) WHERE active = 1;
