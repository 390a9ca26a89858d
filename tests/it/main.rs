//! The program from outside: a module per feature.

mod vault;
