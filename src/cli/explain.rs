//! `leverbook explain`
