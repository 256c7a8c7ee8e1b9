-- What the planner should take the register for, whatever it holds today: without figures it may read the
-- whole register for one supplier. Written by hand, so that plans do not change from day to day.
ANALYZE;
DELETE FROM sqlite_stat1 WHERE tbl IN ('payables', 'payable_blocks');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('payables', 'payables_by_vendor', '1000000 500000 50 1'),
    ('payables', 'sqlite_autoindex_payables_1', '1000000 1'),
    ('payables', 'sqlite_autoindex_payables_2', '1000000 500000 1'),
    ('payable_blocks', 'payable_blocks', '7000000 3500000 2 1');
ANALYZE sqlite_schema;
