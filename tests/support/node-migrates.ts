// Brings a database from one version to the next, slowly enough to be killed in the middle:
// node --import tsx tests/support/node-migrates.ts FILE old|new
import { systemClock } from '../../node/clock.js'
import { type Migration, openDatabase } from '../../node/database.js'

const ROWS = 20_000
const OLD: Migration = {
  name: 'things-1',
  sql: `
CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
INSERT INTO things (name) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
  SELECT 'thing ' || i FROM n;
`,
}
const NEW: Migration = {
  name: 'things-2',
  sql: `
ALTER TABLE things ADD COLUMN size INTEGER;
UPDATE things SET size = length(name) * id;
CREATE TABLE things_anew (id INTEGER PRIMARY KEY, name TEXT NOT NULL, size INTEGER NOT NULL) STRICT;
INSERT INTO things_anew SELECT id, name, size FROM things ORDER BY name DESC;
DROP TABLE things;
ALTER TABLE things_anew RENAME TO things;
CREATE INDEX things_by_name ON things (name);
`,
}

const [, , file = '', version] = process.argv
process.stdout.write('begins\n')
const db = openDatabase({ file, migrations: version === 'new' ? [OLD, NEW] : [OLD], clock: systemClock() })
process.stdout.write('done\n')
await db.close()
