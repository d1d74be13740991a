CREATE TABLE decisions (number INTEGER PRIMARY KEY, narrative TEXT NOT NULL, json TEXT NOT NULL);
CREATE INDEX decisions_by_narrative ON decisions (narrative, number);
CREATE TRIGGER decisions_stay BEFORE UPDATE ON decisions BEGIN SELECT raise(ABORT, 'decisions are only ever added') ; END;
CREATE TRIGGER decisions_remain BEFORE DELETE ON decisions BEGIN SELECT raise(ABORT, 'decisions are only ever added') ; END
