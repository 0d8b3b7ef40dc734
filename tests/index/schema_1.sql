-- The tables of a library of schema 1, as Attaché 0.1 made them.
CREATE TABLE generations (
    number INTEGER PRIMARY KEY, embedder TEXT NOT NULL, splitting TEXT NOT NULL,
    dimension INTEGER NOT NULL, seal TEXT NOT NULL);
CREATE TABLE pointer (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    generation INTEGER NOT NULL REFERENCES generations);
CREATE TABLE sources (
    row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, version TEXT NOT NULL,
    root TEXT NOT NULL, relative TEXT NOT NULL, digest TEXT NOT NULL,
    metadata TEXT NOT NULL, blocks TEXT NOT NULL,
    added INTEGER NOT NULL, removed INTEGER);
CREATE TABLE texts (
    source_id TEXT NOT NULL, version TEXT NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (source_id, version)) WITHOUT ROWID;
CREATE TABLE refused (
    root TEXT NOT NULL, relative TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (root, relative)) WITHOUT ROWID;
CREATE TABLE vectors (
    number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE,
    passage BLOB NOT NULL, sentences BLOB NOT NULL);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL,
    source INTEGER NOT NULL REFERENCES sources (row),
    vector INTEGER NOT NULL REFERENCES vectors (number),
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, title TEXT NOT NULL, heading TEXT NOT NULL,
    page INTEGER, text TEXT NOT NULL, sentences TEXT NOT NULL,
    added INTEGER NOT NULL, removed INTEGER);
CREATE INDEX passages_source ON passages (source);
CREATE INDEX passages_vector ON passages (vector);
CREATE INDEX passages_generation ON passages (added, removed, source);
CREATE INDEX passages_removed ON passages (removed);
CREATE VIRTUAL TABLE keywords USING fts5 (
    title, heading, text, content = 'passages', content_rowid = 'row',
    tokenize = 'porter unicode61');
CREATE TRIGGER passages_inserted AFTER INSERT ON passages BEGIN
    INSERT INTO keywords (rowid, title, heading, text)
    VALUES (new.row, new.title, new.heading, new.text);
END;
CREATE TRIGGER passages_deleted AFTER DELETE ON passages BEGIN
    INSERT INTO keywords (keywords, rowid, title, heading, text)
    VALUES ('delete', old.row, old.title, old.heading, old.text);
END;
PRAGMA user_version = 1;
