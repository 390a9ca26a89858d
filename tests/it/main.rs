//! The program from outside: a module per feature.

mod project;
mod markup;
mod vault;
mod editions;
mod safety;
mod cli;
mod determinism;
mod browser;
