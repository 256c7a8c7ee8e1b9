-- Companies, people and how they sign in.
CREATE TABLE companies (
    id TEXT PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    display TEXT NOT NULL,
    password_hash TEXT,
    disabled BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);

CREATE TABLE user_roles (
    user_id TEXT NOT NULL REFERENCES users (id),
    company_id TEXT NOT NULL REFERENCES companies (id),
    role TEXT NOT NULL,
    PRIMARY KEY (user_id, company_id, role)
);
CREATE INDEX user_roles_by_role ON user_roles (company_id, role);

CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    csrf TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE tokens (
    token_hash TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX tokens_by_user ON tokens (user_id);

-- The trail: one gapless chain a company. Its head row serialises the company's commits.
CREATE TABLE audit_heads (
    company_id TEXT PRIMARY KEY REFERENCES companies (id),
    next_index BIGINT NOT NULL,
    hash TEXT NOT NULL
);

CREATE TABLE audit (
    company_id TEXT NOT NULL REFERENCES companies (id),
    seq BIGINT NOT NULL,
    case_id TEXT,
    case_version BIGINT,
    at BIGINT NOT NULL,
    by_json TEXT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (company_id, seq)
);
CREATE INDEX audit_by_case ON audit (company_id, case_id, seq);
-- One record a transition, never two.
CREATE UNIQUE INDEX audit_transitions ON audit (case_id, case_version) WHERE case_version IS NOT NULL;

-- Workflow files, kept so that a running case stays bound to the exact text.
CREATE TABLE workflows (
    company_id TEXT NOT NULL REFERENCES companies (id),
    sha256 TEXT NOT NULL,
    workflow TEXT NOT NULL,
    version TEXT NOT NULL,
    content TEXT NOT NULL,
    saved_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, sha256)
);

-- Documents; their bytes stand apart, so that lists never touch them.
CREATE TABLE documents (
    id TEXT PRIMARY KEY,
    company_id TEXT NOT NULL REFERENCES companies (id),
    case_id TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT,
    size BIGINT NOT NULL,
    pages BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    received_by TEXT NOT NULL,
    UNIQUE (company_id, sha256)
);
CREATE INDEX documents_by_case ON documents (company_id, case_id);

CREATE TABLE document_bytes (
    document_id TEXT PRIMARY KEY REFERENCES documents (id),
    company_id TEXT NOT NULL REFERENCES companies (id),
    content BLOB NOT NULL
);

-- Cases: the engine's state as JSON, and what lists need as columns.
CREATE TABLE cases (
    id TEXT PRIMARY KEY,
    company_id TEXT NOT NULL REFERENCES companies (id),
    subject TEXT NOT NULL,
    document_id TEXT NOT NULL REFERENCES documents (id),
    version BIGINT NOT NULL,
    phase TEXT NOT NULL,
    state TEXT NOT NULL,
    case_json TEXT NOT NULL,
    since BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    correlation_id TEXT NOT NULL,
    traceparent TEXT,
    role TEXT,
    assignee TEXT,
    rule TEXT,
    due BIGINT,
    wake_at BIGINT,
    extraction TEXT,
    screening TEXT,
    supplier_name TEXT,
    invoice_number TEXT,
    total_amount TEXT,
    currency TEXT,
    finding_kinds TEXT NOT NULL DEFAULT '[]',
    search TEXT NOT NULL DEFAULT ''
);
CREATE INDEX cases_newest ON cases (company_id, created_at, id);
CREATE INDEX cases_by_phase ON cases (company_id, phase, due, id);
CREATE INDEX cases_by_phase_newest ON cases (company_id, phase, created_at, id);
CREATE INDEX cases_to_wake ON cases (wake_at) WHERE wake_at IS NOT NULL;

-- Work to be done. Screening and posting are serial in a company.
CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    company_id TEXT NOT NULL REFERENCES companies (id),
    case_id TEXT NOT NULL REFERENCES cases (id),
    effect TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    attempt BIGINT NOT NULL DEFAULT 0,
    lease_token TEXT,
    lease_until BIGINT,
    last_error TEXT
);
CREATE INDEX jobs_to_run ON jobs (effect, run_at, id);
CREATE INDEX jobs_in_line ON jobs (effect, company_id, run_at, id);
CREATE INDEX jobs_by_case ON jobs (case_id);
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE lease_until IS NOT NULL;
CREATE UNIQUE INDEX jobs_serial ON jobs (company_id, effect) WHERE effect IN ('screen', 'post') AND lease_token IS NOT NULL;

-- The outbox: one row and one permanent key a case, for ever.
CREATE TABLE postings (
    id TEXT PRIMARY KEY,
    company_id TEXT NOT NULL REFERENCES companies (id),
    case_id TEXT NOT NULL UNIQUE REFERENCES cases (id),
    posting_key TEXT NOT NULL UNIQUE,
    connector TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error TEXT,
    reference TEXT,
    updated_at BIGINT NOT NULL
);
CREATE INDEX postings_by_state ON postings (company_id, state, id);
CREATE INDEX postings_newest ON postings (company_id, id);

-- Payables, as screening sees history. A position counts up in the order of commits.
CREATE TABLE payables (
    company_id TEXT NOT NULL REFERENCES companies (id),
    position BIGINT NOT NULL,
    case_id TEXT UNIQUE,
    vendor_id TEXT NOT NULL,
    active BIGINT NOT NULL,
    payable TEXT NOT NULL,
    PRIMARY KEY (company_id, position)
);
CREATE INDEX payables_by_vendor ON payables (company_id, vendor_id, position);

CREATE TABLE payable_keys (
    company_id TEXT NOT NULL,
    block BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (company_id, block, position)
);
CREATE INDEX payable_keys_by_position ON payable_keys (company_id, position);

CREATE TABLE billed (
    company_id TEXT NOT NULL REFERENCES companies (id),
    order_key TEXT NOT NULL,
    case_id TEXT NOT NULL REFERENCES cases (id),
    line BIGINT NOT NULL,
    quantity TEXT NOT NULL,
    PRIMARY KEY (company_id, order_key, case_id, line)
);
CREATE INDEX billed_by_case ON billed (case_id);

-- Master data, synchronized from the ERP.
CREATE TABLE suppliers (
    company_id TEXT NOT NULL REFERENCES companies (id),
    number TEXT NOT NULL,
    data TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, number)
);

CREATE TABLE purchase_orders (
    company_id TEXT NOT NULL REFERENCES companies (id),
    number TEXT NOT NULL,
    order_key TEXT NOT NULL,
    data TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, number)
);
CREATE INDEX purchase_orders_by_key ON purchase_orders (company_id, order_key);

CREATE TABLE goods_receipts (
    company_id TEXT NOT NULL REFERENCES companies (id),
    number TEXT NOT NULL,
    order_key TEXT NOT NULL,
    data TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, number)
);
CREATE INDEX goods_receipts_by_order ON goods_receipts (company_id, order_key);

CREATE TABLE cost_centres (
    company_id TEXT NOT NULL REFERENCES companies (id),
    number TEXT NOT NULL,
    data TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, number)
);

-- Answers to requests that carried an Idempotency-Key.
CREATE TABLE idempotency (
    company_id TEXT NOT NULL REFERENCES companies (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    request_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    status BIGINT,
    content_type TEXT,
    body BLOB,
    PRIMARY KEY (company_id, user_id, request_key)
);
CREATE INDEX idempotency_by_age ON idempotency (started_at);

-- The embedded ledger.
CREATE TABLE ledger_heads (
    company_id TEXT PRIMARY KEY REFERENCES companies (id),
    next_number BIGINT NOT NULL
);

CREATE TABLE ledger_entries (
    company_id TEXT NOT NULL REFERENCES companies (id),
    number BIGINT NOT NULL,
    posting_key TEXT NOT NULL UNIQUE,
    supplier TEXT NOT NULL,
    number_key TEXT NOT NULL,
    invoice_year BIGINT NOT NULL,
    credit BIGINT NOT NULL,
    invoice_number TEXT NOT NULL,
    invoice_date TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (company_id, number),
    UNIQUE (company_id, supplier, number_key, invoice_year, credit)
);

-- What is written stays: neither the trail nor the ledger is changed or shortened.
CREATE TRIGGER audit_kept BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
CREATE TRIGGER audit_whole BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
CREATE TRIGGER ledger_kept BEFORE UPDATE ON ledger_entries BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_whole BEFORE DELETE ON ledger_entries BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
