import type { Migration } from '../database.js'

/** What the worklist reads instead of a million rows: order by group and state, numbers, and words. */
export const worklistMigration: Migration = {
  name: 'requests-worklist-1',
  sql: `
CREATE INDEX requests_of_site ON requests (site, state, modality, urgency_rank, ordered_at, id);
CREATE INDEX requests_of_group ON requests (reading_site, state, modality, urgency_rank, ordered_at, id);
DROP INDEX requests_by_site;
CREATE INDEX requests_late_of_site ON requests (site, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX requests_late_of_group ON requests (reading_site, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX request_offers_open ON request_offers (account) WHERE outcome IN ('offered', 'seen');

-- How many each site has (own), is asked to read (party) or was asked (former; neither state nor modality), kept by
-- whatever writes a request. Its own are never counted as a party too.
CREATE TABLE request_tallies (
  site TEXT NOT NULL,
  relation TEXT NOT NULL,
  state TEXT NOT NULL,
  modality TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (site, relation, state, modality)
) STRICT, WITHOUT ROWID;
INSERT INTO request_tallies SELECT site, 'own', state, modality, count(*) FROM requests GROUP BY 1, 3, 4;
INSERT INTO request_tallies
  SELECT p.site, 'party', r.state, r.modality, count(*) FROM request_parties p JOIN requests r ON r.id = p.request
  WHERE p.until IS NULL AND p.site <> r.site GROUP BY 1, 3, 4;
INSERT INTO request_tallies
  SELECT p.site, 'former', '', '', count(*) FROM request_parties p JOIN requests r ON r.id = p.request
  WHERE p.until IS NOT NULL AND p.site <> r.site GROUP BY 1;

CREATE TRIGGER requests_are_tallied AFTER INSERT ON requests BEGIN
  INSERT INTO request_tallies VALUES (new.site, 'own', new.state, new.modality, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER requests_are_tallied_anew AFTER UPDATE OF state, modality ON requests
WHEN old.state <> new.state OR old.modality <> new.modality BEGIN
  UPDATE request_tallies SET n = n - 1
    WHERE site = new.site AND relation = 'own' AND state = old.state AND modality = old.modality;
  INSERT INTO request_tallies VALUES (new.site, 'own', new.state, new.modality, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
  UPDATE request_tallies SET n = n - 1
    WHERE relation = 'party' AND state = old.state AND modality = old.modality AND site IN (
      SELECT site FROM request_parties WHERE request = new.id AND until IS NULL AND site <> new.site);
  INSERT INTO request_tallies SELECT site, 'party', new.state, new.modality, 1 FROM request_parties
    WHERE request = new.id AND until IS NULL AND site <> new.site
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER request_parties_are_tallied AFTER INSERT ON request_parties BEGIN
  INSERT INTO request_tallies
    SELECT new.site, iif(new.until IS NULL, 'party', 'former'), iif(new.until IS NULL, state, ''),
      iif(new.until IS NULL, modality, ''), 1
    FROM requests WHERE id = new.request AND site <> new.site
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER request_parties_are_tallied_anew AFTER UPDATE OF until ON request_parties
WHEN (old.until IS NULL) <> (new.until IS NULL) BEGIN
  UPDATE request_tallies SET n = n - 1 WHERE (site, relation, state, modality) IN (
    SELECT old.site, iif(old.until IS NULL, 'party', 'former'), iif(old.until IS NULL, state, ''),
      iif(old.until IS NULL, modality, '')
    FROM requests WHERE id = old.request AND site <> old.site);
  INSERT INTO request_tallies
    SELECT new.site, iif(new.until IS NULL, 'party', 'former'), iif(new.until IS NULL, state, ''),
      iif(new.until IS NULL, modality, ''), 1
    FROM requests WHERE id = new.request AND site <> new.site
    ON CONFLICT DO UPDATE SET n = n + 1;
END;

-- Three letters at a time of what a search looks in; the rest of a word is compared in the row itself.
CREATE VIRTUAL TABLE request_words USING fts5(
  search, content = 'requests', content_rowid = 'rowid', tokenize = 'trigram', detail = 'none', columnsize = 0);
INSERT INTO request_words (request_words, rank) VALUES ('secure-delete', 1);
INSERT INTO request_words (request_words) VALUES ('rebuild');
CREATE TRIGGER requests_are_found AFTER INSERT ON requests BEGIN
  INSERT INTO request_words (rowid, search) VALUES (new.rowid, new.search);
END;
CREATE TRIGGER requests_are_found_anew AFTER UPDATE OF search ON requests WHEN old.search <> new.search BEGIN
  INSERT INTO request_words (request_words, rowid, search) VALUES ('delete', old.rowid, old.search);
  INSERT INTO request_words (rowid, search) VALUES (new.rowid, new.search);
END;
CREATE TRIGGER requests_are_found_no_more AFTER DELETE ON requests BEGIN
  INSERT INTO request_words (request_words, rowid, search) VALUES ('delete', old.rowid, old.search);
END;
`,
}

/** What a person has of their own by state, one site's requests to a group, and the few opinions. */
export const ownRowsMigration: Migration = {
  name: 'requests-worklist-2',
  sql: `
DROP INDEX requests_by_holder;
CREATE INDEX requests_of_holder ON requests (holder, state, urgency_rank, ordered_at, id) WHERE holder IS NOT NULL;
DROP INDEX requests_by_author;
CREATE INDEX requests_of_author ON requests (created_by, state, urgency_rank, ordered_at, id);
CREATE INDEX requests_of_pair ON requests (reading_site, site, state, modality, urgency_rank, ordered_at, id);
CREATE INDEX requests_opinions_of_site ON requests (site, state, modality, urgency_rank, ordered_at, id)
  WHERE kind = 'opinion';
CREATE INDEX requests_opinions_of_group ON requests (reading_site, state, modality, urgency_rank, ordered_at, id)
  WHERE kind = 'opinion';
CREATE INDEX requests_due_of_site ON requests (site, urgency_rank, ordered_at, id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX requests_due_of_group ON requests (reading_site, urgency_rank, ordered_at, id, due_at)
  WHERE due_at IS NOT NULL;

-- What a group took part in and no longer does, in the order of its list; kept by whatever writes a request.
CREATE TABLE request_former (
  site TEXT NOT NULL,
  urgency_rank INTEGER NOT NULL,
  ordered_at INTEGER NOT NULL,
  request TEXT NOT NULL REFERENCES requests (id),
  PRIMARY KEY (site, urgency_rank, ordered_at, request)
) STRICT, WITHOUT ROWID;
INSERT INTO request_former
  SELECT p.site, r.urgency_rank, r.ordered_at, r.id FROM request_parties p JOIN requests r ON r.id = p.request
  WHERE p.until IS NOT NULL AND p.site <> r.site;
CREATE TRIGGER request_parties_are_former AFTER INSERT ON request_parties WHEN new.until IS NOT NULL BEGIN
  INSERT INTO request_former SELECT new.site, urgency_rank, ordered_at, id FROM requests
    WHERE id = new.request AND site <> new.site;
END;
CREATE TRIGGER request_parties_become_former AFTER UPDATE OF until ON request_parties
WHEN old.until IS NULL AND new.until IS NOT NULL BEGIN
  INSERT INTO request_former SELECT new.site, urgency_rank, ordered_at, id FROM requests
    WHERE id = new.request AND site <> new.site;
END;
CREATE TRIGGER request_parties_come_back AFTER UPDATE OF until ON request_parties
WHEN old.until IS NOT NULL AND new.until IS NULL BEGIN
  DELETE FROM request_former WHERE (site, urgency_rank, ordered_at, request) IN (
    SELECT new.site, urgency_rank, ordered_at, id FROM requests WHERE id = new.request);
END;
CREATE TRIGGER requests_are_former_elsewhere AFTER UPDATE OF urgency_rank, ordered_at ON requests
WHEN old.urgency_rank <> new.urgency_rank OR old.ordered_at <> new.ordered_at BEGIN
  UPDATE request_former SET urgency_rank = new.urgency_rank, ordered_at = new.ordered_at
    WHERE (site, urgency_rank, ordered_at, request) IN (
      SELECT site, old.urgency_rank, old.ordered_at, request FROM request_parties
      WHERE request = new.id AND until IS NOT NULL);
END;
`,
}

/** Everything that is counted, and who may see it, out of the index alone. */
const countedRowsMigration: Migration = {
  name: 'requests-worklist-3',
  sql: `
DROP INDEX requests_of_holder;
CREATE INDEX requests_of_holder ON requests (holder, state, urgency_rank, ordered_at, id, site, reading_site)
  WHERE holder IS NOT NULL;
DROP INDEX requests_of_author;
CREATE INDEX requests_of_author ON requests (created_by, state, urgency_rank, ordered_at, id, site, reading_site);
CREATE INDEX requests_to_finish_of_holder
  ON requests (holder, state, urgency_rank, ordered_at, id, site, reading_site, report_state)
  WHERE (state IN ('reading', 'info-requested') OR report_state IN ('preliminary', 'withdrawn'));
CREATE INDEX requests_to_finish_of_author
  ON requests (created_by, state, urgency_rank, ordered_at, id, site, reading_site, report_state)
  WHERE (state IN ('reading', 'info-requested') OR report_state IN ('preliminary', 'withdrawn'));
DROP INDEX requests_late_of_group;
CREATE INDEX requests_late_of_group ON requests (reading_site, due_at, site, id) WHERE due_at IS NOT NULL;
DROP INDEX requests_due_of_group;
CREATE INDEX requests_due_of_group ON requests (reading_site, urgency_rank, ordered_at, id, due_at, site)
  WHERE due_at IS NOT NULL;
CREATE INDEX requests_offered ON requests (id, offer_round, site, reading_site) WHERE state = 'offered';
`,
}

/**
 * Words in the order of the lists: what a search finds first is what is shown first, however many have it. A place holds
 * the urgency (2 bits), the time (42) and a number among those of one moment (18).
 */
const orderedWordsMigration: Migration = {
  name: 'requests-worklist-4',
  sql: `
DROP TRIGGER requests_are_found;
DROP TRIGGER requests_are_found_anew;
DROP TRIGGER requests_are_found_no_more;
DROP TABLE request_words;
CREATE TABLE request_places (
  place INTEGER PRIMARY KEY,
  request INTEGER NOT NULL UNIQUE
) STRICT;
INSERT INTO request_places
  SELECT (((urgency_rank << 42) + ordered_at) << 18)
    + row_number() OVER (PARTITION BY urgency_rank, ordered_at ORDER BY id) - 1, rowid
  FROM requests ORDER BY urgency_rank, ordered_at, id;

-- Three letters at a time of what a search looks in; the rest of a word is compared in the row itself.
CREATE VIEW request_searches AS
  SELECT p.place, r.search FROM request_places p CROSS JOIN requests r ON r.rowid = p.request;
CREATE VIRTUAL TABLE request_words USING fts5(
  search, content = 'request_searches', content_rowid = 'place', tokenize = 'trigram', detail = 'none', columnsize = 0);
INSERT INTO request_words (request_words, rank) VALUES ('secure-delete', 1);
INSERT INTO request_words (request_words) VALUES ('rebuild');

CREATE TRIGGER requests_are_placed AFTER INSERT ON requests BEGIN
  INSERT INTO request_places
    SELECT coalesce(max(place) + 1, ((new.urgency_rank << 42) + new.ordered_at) << 18), new.rowid
    FROM request_places WHERE place BETWEEN ((new.urgency_rank << 42) + new.ordered_at) << 18
      AND ((((new.urgency_rank << 42) + new.ordered_at) << 18) + 262143);
END;
CREATE TRIGGER requests_are_found AFTER INSERT ON request_places BEGIN
  INSERT INTO request_words (rowid, search) SELECT new.place, search FROM requests WHERE rowid = new.request;
END;
CREATE TRIGGER requests_are_found_anew AFTER UPDATE OF search, urgency_rank, ordered_at ON requests
WHEN old.search <> new.search OR old.urgency_rank <> new.urgency_rank OR old.ordered_at <> new.ordered_at BEGIN
  INSERT INTO request_words (request_words, rowid, search)
    SELECT 'delete', place, old.search FROM request_places WHERE request = old.rowid;
  DELETE FROM request_places WHERE request = old.rowid;
  INSERT INTO request_places
    SELECT coalesce(max(place) + 1, ((new.urgency_rank << 42) + new.ordered_at) << 18), new.rowid
    FROM request_places WHERE place BETWEEN ((new.urgency_rank << 42) + new.ordered_at) << 18
      AND ((((new.urgency_rank << 42) + new.ordered_at) << 18) + 262143);
END;
CREATE TRIGGER requests_are_found_no_more BEFORE DELETE ON requests BEGIN
  INSERT INTO request_words (request_words, rowid, search)
    SELECT 'delete', place, old.search FROM request_places WHERE request = old.rowid;
  DELETE FROM request_places WHERE request = old.rowid;
END;
`,
}

/** Who has how much in hand: asked at every offering, about everybody. */
const loadsMigration: Migration = {
  name: 'requests-worklist-5',
  sql: `
CREATE TABLE request_loads (
  holder TEXT NOT NULL,
  state TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (holder, state)
) STRICT, WITHOUT ROWID;
INSERT INTO request_loads SELECT holder, state, count(*) FROM requests WHERE holder IS NOT NULL GROUP BY 1, 2;
CREATE TRIGGER requests_are_loads AFTER INSERT ON requests WHEN new.holder IS NOT NULL BEGIN
  INSERT INTO request_loads VALUES (new.holder, new.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER requests_are_other_loads AFTER UPDATE OF holder, state ON requests
WHEN old.holder IS NOT new.holder OR old.state <> new.state BEGIN
  UPDATE request_loads SET n = n - 1 WHERE holder = old.holder AND state = old.state;
  INSERT INTO request_loads SELECT new.holder, new.state, 1 WHERE new.holder IS NOT NULL
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER requests_are_loads_no_more AFTER DELETE ON requests WHEN old.holder IS NOT NULL BEGIN
  UPDATE request_loads SET n = n - 1 WHERE holder = old.holder AND state = old.state;
END;
`,
}

export const indexedListsMigrations: readonly Migration[] = [
  countedRowsMigration,
  orderedWordsMigration,
  loadsMigration,
]
