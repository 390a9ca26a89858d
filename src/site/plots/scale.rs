//! From amounts and days to places in a picture 400 units wide.

/// How wide every picture is; its text is set in units of it, so that it can be read on a phone.
pub(super) const WIDTH: i64 = 400;

/// What a letter of a label takes, on average.
const LETTER: i64 = 7;

/// A range of numbers spread over a range of places.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    start: i64,
    end: i64,
}

impl Scale {
    /// `None` without numbers; equal ones stand in the middle.
    pub(super) fn over(numbers: impl Iterator<Item = f64>, start: i64, end: i64) -> Option<Self> {
        let mut range: Option<(f64, f64)> = None;
        for number in numbers.filter(|number| number.is_finite()) {
            let (low, high) = range.unwrap_or((number, number));
            range = Some((low.min(number), high.max(number)));
        }
        let (low, high) = range?;
        (high - low).is_finite().then_some(Self { low, high, start, end })
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "places are small")]
    pub(super) fn place(&self, number: f64) -> i64 {
        let width = (self.end - self.start) as f64;
        let share = if self.high > self.low { (number - self.low) / (self.high - self.low) } else { 0.5 };
        self.start + (share.clamp(0.0, 1.0) * width).round() as i64
    }
}

/// The width of a label, about.
pub(super) fn width(label: &str) -> i64 {
    i64::try_from(label.chars().count()).unwrap_or(WIDTH).saturating_mul(LETTER)
}

/// Where a label of a width begins so that it is as near to its place as the picture allows.
pub(super) fn label_start(place: i64, width: i64) -> i64 {
    (place - width / 2).clamp(0, (WIDTH - width).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lie_within_the_picture() {
        let scale = Scale::over([10.0, 30.0].into_iter(), 0, 100).expect("there are numbers");
        assert_eq!([10.0, 20.0, 30.0, 99.0].map(|number| scale.place(number)), [0, 50, 100, 100]);
        let scale = Scale::over([5.0].into_iter(), 0, 100).expect("there is a number");
        assert_eq!(scale.place(5.0), 50);
        assert!(Scale::over(std::iter::empty(), 0, 100).is_none());
        assert!(Scale::over([f64::MAX, -f64::MAX].into_iter(), 0, 100).is_none());
    }

    #[test]
    fn labels_stay_in_the_picture() {
        assert_eq!(label_start(0, 60), 0);
        assert_eq!(label_start(200, 60), 170);
        assert_eq!(label_start(400, 60), 340);
        assert_eq!(label_start(10, 900), 0);
    }
}
