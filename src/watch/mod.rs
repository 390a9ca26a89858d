//! From file events to rebuilds.
