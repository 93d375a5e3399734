import type { Migration } from '../database.js'
import type { CriticalClass, CriticalState } from './view.js'

/** Times are UTC milliseconds. */
export interface CriticalRecord {
  id: string
  request: string
  reference: string
  site: string
  class: CriticalClass
  finding: string
  found_at: number
  raised_at: number
  radiologist: string
  radiologist_name: string
  radiologist_role: string
  state: CriticalState
  closed_at: number | null
  closed_by: string | null
  note: string | null
}

export interface CriticalTables {
  criticals: CriticalRecord
  critical_calls: {
    critical: string
    number: number
    receiver: string
    role: string
    at: number
    method: string
    read_back: 0 | 1
    by: string
    by_name: string
    recorded_at: number
  }
}

export const criticalMigrations: Migration[] = [
  {
    name: 'criticals-1',
    sql: `
CREATE TABLE criticals (
  id TEXT PRIMARY KEY,
  request TEXT NOT NULL,
  reference TEXT NOT NULL,
  site TEXT NOT NULL,
  class INTEGER NOT NULL CHECK (class IN (1, 2, 3)),
  finding TEXT NOT NULL,
  found_at INTEGER NOT NULL,
  raised_at INTEGER NOT NULL,
  radiologist TEXT NOT NULL,
  radiologist_name TEXT NOT NULL,
  radiologist_role TEXT NOT NULL,
  state TEXT NOT NULL,
  closed_at INTEGER,
  closed_by TEXT,
  note TEXT
) STRICT;
CREATE INDEX criticals_by_request ON criticals (request);
CREATE INDEX criticals_by_state ON criticals (state, class, raised_at, id);
-- What was found stays as it was said; only how far it has come moves on.
CREATE TRIGGER criticals_say_what_they_said BEFORE UPDATE ON criticals
WHEN OLD.finding <> NEW.finding OR OLD.class <> NEW.class OR OLD.found_at <> NEW.found_at
  OR OLD.request <> NEW.request OR OLD.radiologist <> NEW.radiologist
BEGIN SELECT RAISE(ABORT, 'criticals: what was found does not change'); END;
CREATE TRIGGER criticals_are_not_deleted BEFORE DELETE ON criticals
BEGIN SELECT RAISE(ABORT, 'criticals: a critical finding does not go'); END;

CREATE TABLE critical_calls (
  critical TEXT NOT NULL REFERENCES criticals (id),
  number INTEGER NOT NULL,
  receiver TEXT NOT NULL,
  role TEXT NOT NULL,
  at INTEGER NOT NULL,
  method TEXT NOT NULL,
  read_back INTEGER NOT NULL,
  by TEXT NOT NULL,
  by_name TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (critical, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER critical_calls_are_not_changed BEFORE UPDATE ON critical_calls
BEGIN SELECT RAISE(ABORT, 'criticals: a recorded call does not change'); END;
CREATE TRIGGER critical_calls_are_not_deleted BEFORE DELETE ON critical_calls
BEGIN SELECT RAISE(ABORT, 'criticals: a recorded call does not go'); END;
`,
  },
]
