-- Runs over the company's own history. One at a time in a company; a row is its own job, under a lease.
CREATE TABLE rescorings (
    id TEXT PRIMARY KEY,
    company_id TEXT NOT NULL REFERENCES companies (id),
    state TEXT NOT NULL,
    candidate TEXT,
    requested_by TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    phase TEXT,
    done BIGINT NOT NULL DEFAULT 0,
    total BIGINT,
    attempt BIGINT NOT NULL DEFAULT 0,
    lease_token TEXT,
    lease_until BIGINT,
    stop_asked BIGINT NOT NULL DEFAULT 0,
    error TEXT,
    outcome TEXT
);
CREATE UNIQUE INDEX rescorings_open ON rescorings (company_id) WHERE state IN ('queued', 'running');
CREATE INDEX rescorings_newest ON rescorings (company_id, id);

-- The page for the audit committee stands apart, so that lists never touch it.
CREATE TABLE rescoring_reports (
    rescoring_id TEXT PRIMARY KEY REFERENCES rescorings (id),
    company_id TEXT NOT NULL,
    content BYTEA NOT NULL
);

-- What a run found, numbered from the strongest; from half the threshold on, for later comparison.
CREATE TABLE rescoring_findings (
    rescoring_id TEXT NOT NULL REFERENCES rescorings (id),
    number BIGINT NOT NULL,
    company_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    before_score DOUBLE PRECISION,
    change TEXT NOT NULL,
    position BIGINT NOT NULL,
    case_id TEXT,
    payable TEXT NOT NULL,
    other_position BIGINT,
    other_case_id TEXT,
    other TEXT,
    reasons TEXT NOT NULL,
    opened TEXT,
    PRIMARY KEY (rescoring_id, number)
);
CREATE INDEX rescoring_findings_listed ON rescoring_findings (rescoring_id, kind, change, number);

-- Money to be asked back, or payments to be explained: opened by a person from a finding, closed by one.
CREATE TABLE claims (
    id TEXT PRIMARY KEY,
    company_id TEXT NOT NULL REFERENCES companies (id),
    rescoring_id TEXT NOT NULL REFERENCES rescorings (id),
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    position BIGINT NOT NULL,
    case_id TEXT,
    state TEXT NOT NULL,
    finding TEXT NOT NULL,
    comment TEXT NOT NULL,
    opened_by TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    recovered TEXT,
    closing_comment TEXT,
    closed_by TEXT,
    closed_at BIGINT
);
CREATE UNIQUE INDEX claims_once ON claims (company_id, kind, position);
CREATE INDEX claims_by_state ON claims (company_id, state, id);
