-- PostgreSQL keeps its planner's figures itself; the register's are refreshed here once.
ANALYZE payables;
ANALYZE payable_blocks;
