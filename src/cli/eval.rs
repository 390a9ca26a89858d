//! `leverbook eval`
