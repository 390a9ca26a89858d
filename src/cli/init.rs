//! `leverbook init`
