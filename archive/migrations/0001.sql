CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE cursors (source TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, updated TEXT NOT NULL, PRIMARY KEY (source, key)) WITHOUT ROWID;
CREATE TABLE sources (
    name TEXT PRIMARY KEY,
    last_success TEXT NOT NULL DEFAULT '',
    last_yield INTEGER NOT NULL DEFAULT 0,
    last_try TEXT NOT NULL DEFAULT '',
    last_note TEXT NOT NULL DEFAULT '',
    failures INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE narratives (id TEXT PRIMARY KEY, json TEXT NOT NULL, status TEXT NOT NULL, last_seen TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE narrative_events (number INTEGER PRIMARY KEY, narrative TEXT NOT NULL, night TEXT NOT NULL, json TEXT NOT NULL, UNIQUE (night, json));
CREATE INDEX narrative_events_by_narrative ON narrative_events (narrative, number);
CREATE TABLE verdicts (number INTEGER PRIMARY KEY, about TEXT NOT NULL, kind TEXT NOT NULL, judgement TEXT NOT NULL, note TEXT NOT NULL, who TEXT NOT NULL, moment TEXT NOT NULL);
CREATE INDEX verdicts_by_about ON verdicts (about, number);
CREATE TRIGGER verdicts_stay BEFORE UPDATE ON verdicts BEGIN SELECT raise(ABORT, 'verdicts are only ever added') ; END;
CREATE TRIGGER verdicts_remain BEFORE DELETE ON verdicts BEGIN SELECT raise(ABORT, 'verdicts are only ever added') ; END;
CREATE TABLE jobs (id TEXT PRIMARY KEY, what TEXT NOT NULL, started TEXT NOT NULL, ended TEXT NOT NULL DEFAULT '', pid INTEGER NOT NULL, status TEXT NOT NULL, note TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
CREATE TABLE watches (name TEXT PRIMARY KEY, query TEXT NOT NULL, created TEXT NOT NULL, last_run TEXT NOT NULL DEFAULT '', last_count INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID
