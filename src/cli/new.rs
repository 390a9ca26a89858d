//! `leverbook new`
