//! The tests of the whole program.

mod house;
mod spec;
