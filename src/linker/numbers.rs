//! Counts as numbers to reckon with, probabilities and log-odds.

/// A count to be divided.
pub(super) fn count(count: usize) -> f64 {
    f64::from(whole(count))
}

/// A count in 32 bits.
pub(super) fn whole(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The log-odds of a probability.
pub(super) fn logit(probability: f64) -> f64 {
    let probability = probability.clamp(1e-9, 1.0 - 1e-9);
    libm::log(probability / (1.0 - probability))
}

/// The probability of log-odds.
pub(super) fn logistic(log_odds: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-log_odds))
}
