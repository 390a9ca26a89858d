//! Runs the steps and remembers their results.
