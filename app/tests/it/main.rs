//! Services and store on real databases: every test here runs on SQLite and on Postgres.

mod access;
mod accuracy;
mod bounds;
mod closing;
mod delivery;
mod engine;
mod feedback;
mod impact;
mod ingest;
mod jobs;
mod known_then;
mod learning;
mod lists;
mod meanwhile;
mod monitoring;
mod outcomes;
mod registry;
mod retention;
mod scoring;
mod similarity;
mod slack;
mod smtp;
mod statements;
mod support;
mod unreadable;
mod writes;
