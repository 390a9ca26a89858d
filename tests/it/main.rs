//! The program from outside: a module per feature.

mod project;
mod markup;
mod house;
mod spec;
mod vault;
mod leverage;
mod output;
mod watch;
mod editions;
mod safety;
mod cli;
mod odd;
mod determinism;
mod engine;
mod search;
mod learning;
mod linking;
mod browser;
mod serve;
