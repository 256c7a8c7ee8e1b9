-- A file may hold several documents: each part is a case of its own, with its pages. A case without a
-- last page has the whole document. No two cases of a document begin on one page, so that work done twice
-- makes no part twice.
ALTER TABLE cases ADD COLUMN first_page BIGINT NOT NULL DEFAULT 1;
ALTER TABLE cases ADD COLUMN last_page BIGINT;
CREATE UNIQUE INDEX cases_by_document ON cases (document_id, first_page);
