//! The program from outside: a module per feature.

mod output;
mod vault;
mod watch;
