//! Dates, numbers and counts as people write them in English.

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::civil::{Date, DateTime, Weekday};
use serde::Serialize;

use crate::playbook::{Outcome, Side};

/// A date for the `<time>` element.
#[derive(PartialEq, Clone, Debug, Serialize)]
pub(super) struct DateWords {
    /// `2026-03-12`
    pub(super) iso: String,
    /// `12 March 2026`
    pub(super) text: String,
    /// `12 Mar`
    pub(super) short: String,
}

impl DateWords {
    pub(super) fn of(date: Date) -> Self {
        let month = month(date.month());
        Self {
            iso: date.to_string(),
            text: format!("{} {month} {}", date.day(), date.year()),
            short: format!("{} {}", date.day(), &month[..3]),
        }
    }
}

/// `Tuesday 24 November 2026, 14:00`; midnight counts as no time.
pub(super) fn moment(at: DateTime) -> String {
    let date = at.date();
    let mut text =
        format!("{} {} {} {}", weekday(date.weekday()), date.day(), month(date.month()), date.year());
    if at.hour() != 0 || at.minute() != 0 {
        let _ = write!(text, ", {:02}:{:02}", at.hour(), at.minute());
    }
    text
}

/// `1 deal`, `3 deals`, `no deals`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// `1,234,567.5`; at most two decimals.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() || value.abs() >= 1e15 {
        return value.to_string();
    }
    let text = format!("{:.2}", value.abs());
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let decimals = decimals.trim_end_matches('0');
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if !decimals.is_empty() {
        grouped.push('.');
        grouped.push_str(decimals);
    }
    if value < 0.0 && grouped != "0" { format!("−{grouped}") } else { grouped }
}

/// A share as whole percent.
#[expect(clippy::cast_possible_truncation, reason = "shares lie near 0 to 1; larger ones saturate")]
pub(super) fn percent(share: f64) -> i64 {
    (share * 100.0).round() as i64
}

/// A text that fits: cut at a word's end if one is near, with `…`.
pub(super) fn shorten(text: &str, characters: usize) -> Cow<'_, str> {
    let Some((cut, _)) = text.char_indices().nth(characters) else { return Cow::Borrowed(text) };
    let head = &text[..cut];
    let end = match head.rfind(char::is_whitespace) {
        Some(space) if space * 2 > head.len() => space,
        _ => cut,
    };
    Cow::Owned(format!("{}…", head[..end].trim_end()))
}

/// An outcome as a word that opens a line.
pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Won => "Won",
        Outcome::Partly => "Partly",
        Outcome::Lost => "Lost",
        Outcome::Open => "Open",
    }
}

/// Who holds a lever, for people.
pub(super) fn side(side: Side) -> &'static str {
    match side {
        Side::Ours => "Our lever",
        Side::Theirs => "Their lever: it worked against us",
        Side::Mutual => "Both sides hold it",
        Side::Unclear => "Side not clear",
    }
}

fn month(month: i8) -> &'static str {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or("January")
}

fn weekday(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(number(1_234_567.5), "1,234,567.5");
        assert_eq!(number(-0.08), "−0.08");
        assert_eq!(number(42_000.0), "42,000");
        assert_eq!(number(0.0), "0");
        assert_eq!(number(f64::NAN), "NaN");
    }

    #[test]
    fn dates_are_written_out() {
        let at = jiff::civil::date(2026, 11, 24).at(14, 0, 0, 0);
        assert_eq!(moment(at), "Tuesday 24 November 2026, 14:00");
        assert_eq!(DateWords::of(at.date()).short, "24 Nov");
    }

    #[test]
    fn long_texts_are_cut_at_a_word() {
        assert_eq!(shorten("one two three", 9), "one two…");
        assert_eq!(shorten("äöü", 3), "äöü");
        assert_eq!(shorten("äöüäöü", 3), "äöü…");
    }
}
