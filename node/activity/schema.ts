import type { Migration } from '../database.js'
import type { RequestKind, RequestState, Urgency } from '../requests/view.js'

/** One request as it counts. Times are UTC milliseconds; `day` and `hour` those of the submission, in the node's zone. */
export interface ActivityRecord {
  request: string
  reference: string
  site: string
  /** Empty while no group is asked. */
  reading_site: string
  /** The account that signed first, or else holds it; empty where nobody does. */
  reader: string
  modality: string
  kind: RequestKind
  urgency: Urgency
  state: RequestState
  day: string
  hour: number
  submitted_at: number | null
  claimed_at: number | null
  accepted_at: number | null
  images_at: number | null
  reported_at: number | null
  seen_at: number | null
  entered_later: 0 | 1
}

export interface ActivityCell {
  grain: 'day' | 'month'
  /** YYYY-MM-DD or YYYY-MM */
  period: string
  site: string
  reading_site: string
  reader: string
  modality: string
  kind: RequestKind
  urgency: Urgency
  /** JSON of a Tally. */
  tally: string
}

/** What a sum is of, beside site and group: all there is, or one of these each. */
export const SHAPES = ['all', 'reader', 'modality', 'kind', 'urgency'] as const
export type Shape = (typeof SHAPES)[number]

/** The cells of a period put together. */
export interface ActivitySum extends Pick<ActivityCell, 'grain' | 'period' | 'site' | 'reading_site'> {
  shape: Shape
  /** The reader, the modality …; empty of `all`. */
  key: string
  /** See packed.ts. */
  packed: string
  hours: string
}

/** A period whose sums are not those of its cells; `changes` since they were. */
export interface UnsummedPeriod extends Pick<ActivityCell, 'grain' | 'period'> {
  changes: number
}

export interface ActivityTables {
  activity_acts: ActivityRecord
  activity_cells: ActivityCell
  activity_sums: ActivitySum
  activity_unsummed: UnsummedPeriod
}

export const activityMigrations: Migration[] = [
  {
    name: 'activity-1',
    sql: `
CREATE TABLE activity_acts (
  request TEXT PRIMARY KEY,
  reference TEXT NOT NULL,
  site TEXT NOT NULL,
  reading_site TEXT NOT NULL,
  reader TEXT NOT NULL,
  modality TEXT NOT NULL,
  kind TEXT NOT NULL,
  urgency TEXT NOT NULL,
  state TEXT NOT NULL,
  day TEXT NOT NULL,
  hour INTEGER NOT NULL,
  submitted_at INTEGER,
  claimed_at INTEGER,
  accepted_at INTEGER,
  images_at INTEGER,
  reported_at INTEGER,
  seen_at INTEGER,
  entered_later INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX activity_acts_by_day ON activity_acts (day, request);

-- The sums of the rows above: what a question reads, however many acts there are.
CREATE TABLE activity_cells (
  grain TEXT NOT NULL,
  period TEXT NOT NULL,
  site TEXT NOT NULL,
  reading_site TEXT NOT NULL,
  reader TEXT NOT NULL,
  modality TEXT NOT NULL,
  kind TEXT NOT NULL,
  urgency TEXT NOT NULL,
  tally TEXT NOT NULL,
  PRIMARY KEY (grain, period, site, reading_site, reader, modality, kind, urgency)
) STRICT, WITHOUT ROWID;
`,
  },
  {
    name: 'activity-2',
    sql: `
-- The cells put together along one of their sides, a period at a time and some moments after they changed: three years
-- by the month are some hundred rows instead of fifty thousand.
CREATE TABLE activity_sums (
  grain TEXT NOT NULL,
  period TEXT NOT NULL,
  shape TEXT NOT NULL,
  site TEXT NOT NULL,
  reading_site TEXT NOT NULL,
  key TEXT NOT NULL,
  packed TEXT NOT NULL,
  PRIMARY KEY (grain, shape, period, site, reading_site, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE activity_unsummed (
  grain TEXT NOT NULL,
  period TEXT NOT NULL,
  changes INTEGER NOT NULL,
  PRIMARY KEY (grain, period)
) STRICT, WITHOUT ROWID;
INSERT INTO activity_unsummed SELECT DISTINCT grain, period, 1 FROM activity_cells;
CREATE TRIGGER activity_cells_come AFTER INSERT ON activity_cells BEGIN
  INSERT INTO activity_unsummed VALUES (new.grain, new.period, 1) ON CONFLICT DO UPDATE SET changes = changes + 1;
END;
CREATE TRIGGER activity_cells_change AFTER UPDATE ON activity_cells BEGIN
  INSERT INTO activity_unsummed VALUES (new.grain, new.period, 1) ON CONFLICT DO UPDATE SET changes = changes + 1;
END;
CREATE TRIGGER activity_cells_go AFTER DELETE ON activity_cells BEGIN
  INSERT INTO activity_unsummed VALUES (old.grain, old.period, 1) ON CONFLICT DO UPDATE SET changes = changes + 1;
END;
`,
  },
  {
    name: 'activity-3',
    sql: `
-- The hours of a sum apart from the rest: whoever asks day by day or reader by reader reads them for the whole alone.
ALTER TABLE activity_sums ADD COLUMN hours TEXT NOT NULL DEFAULT '[]';
UPDATE activity_sums SET hours = json_extract(packed, '$.h'), packed = json_remove(packed, '$.h');
`,
  },
]
