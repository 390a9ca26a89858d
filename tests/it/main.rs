//! What a user sees, tested from outside: the program is run on small projects, and its site is opened.

mod project;
mod markup;
mod browser;
mod editions;
mod safety;
mod cli;
mod determinism;
