//! From a site to a folder, in one step.
