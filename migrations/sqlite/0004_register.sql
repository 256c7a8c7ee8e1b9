-- The block keys of payables, narrow: a company's number instead of its id, and one tree instead of three.
-- The number moves on when the keys are made anew; `block_rule` tells by which rule they were made.
ALTER TABLE companies ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE companies ADD COLUMN block_rule TEXT NOT NULL DEFAULT '';
-- Counts up with every change of a supplier: whoever keeps them in memory asks for it.
ALTER TABLE companies ADD COLUMN suppliers_version BIGINT NOT NULL DEFAULT 0;
UPDATE companies SET number = (SELECT COUNT(*) FROM companies c WHERE c.id <= companies.id);
CREATE UNIQUE INDEX companies_by_number ON companies (number);

CREATE TABLE payable_blocks (
    company BIGINT NOT NULL,
    block BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (company, block, position)
) WITHOUT ROWID;
INSERT INTO payable_blocks (company, block, position)
SELECT c.number, k.block, k.position FROM payable_keys k JOIN companies c ON c.id = k.company_id;
DROP TABLE payable_keys;

-- Payables taken out of the register (corrected, rejected): whoever keeps a summary of it in memory hears of it here.
CREATE TABLE payable_changes (
    company_id TEXT NOT NULL REFERENCES companies (id),
    seq BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (company_id, seq, position)
);
