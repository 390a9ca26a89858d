//! Joins the signals into a calibrated probability.
