//! Reads amounts as people write them.

/// The number that a text is: `42,000`, `$1.2m`, `-8%` (as -0.08), `EUR 3.5k`, `1'200`; `None` if more
/// than an amount stands there, such as `-8% on lanes`.
///
/// A comma or dot followed by exactly three digits groups thousands, unless it is the only one and a
/// dot: `1.200` is read as people read it in English, one point two.
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim().replace(['−', '–'], "-").to_lowercase();
    let (text, percent) = match text.strip_suffix('%') {
        Some(rest) => (rest.trim_end().to_owned(), true),
        None => (text, false),
    };
    let (text, negative) = match strip_currency(&text).strip_prefix(['-', '+']) {
        Some(rest) => (strip_currency(rest).to_owned(), strip_currency(&text).starts_with('-')),
        None => (strip_currency(&text).to_owned(), false),
    };
    let digits_end = text.rfind(|character: char| character.is_ascii_digit())? + 1;
    let factor = match text[digits_end..].trim() {
        "" => 1.0,
        "k" | "thousand" => 1e3,
        "m" | "mn" | "mio" | "million" => 1e6,
        "b" | "bn" | "billion" => 1e9,
        _ => return None,
    };
    let number: f64 = plain_digits(&text[..digits_end])?.parse().ok()?;
    let number = number * factor / if percent { 100.0 } else { 1.0 };
    number.is_finite().then_some(if negative { -number } else { number })
}

/// Takes a currency sign or ISO code from either end.
fn strip_currency(text: &str) -> &str {
    let sign =
        |character: char| matches!(character, '$' | '€' | '£' | '¥' | '₹') || character.is_whitespace();
    let text = text.trim_matches(sign);
    let code = |word: &str| word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let first = text.split(|character: char| !character.is_ascii_alphabetic()).next().unwrap_or("");
    let text = if code(first) { text[first.len()..].trim_matches(sign) } else { text };
    let last = text.rsplit(|character: char| !character.is_ascii_alphabetic()).next().unwrap_or("");
    let is_unit = matches!(last, "mio");
    if code(last) && !is_unit { text[..text.len() - last.len()].trim_matches(sign) } else { text }
}

/// Digits with at most one decimal point, grouping marks taken out; `None` for anything else.
fn plain_digits(text: &str) -> Option<String> {
    if !text.starts_with(|character: char| character.is_ascii_digit()) {
        return None;
    }
    let text: String = text
        .chars()
        .filter(|character| !matches!(character, '\'' | '_' | ' ' | '\u{a0}' | '\u{202f}'))
        .collect();
    let is_grouped = |mark: char| {
        let mut groups = text.split(mark);
        let first = groups.next().unwrap_or("");
        (1..=3).contains(&first.len())
            && groups.all(|group| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (commas, dots) = (text.matches(',').count(), text.matches('.').count());
    let plain = match (commas, dots) {
        (0, 0 | 1) => text.clone(),
        (0, _) if is_grouped('.') => text.replace('.', ""),
        (_, 0) if is_grouped(',') => text.replace(',', ""),
        (1, 0) => text.replace(',', "."),
        (_, 1) if text.find(',') < text.find('.') => text.replace(',', ""),
        (1, _) if text.find('.') < text.find(',') => text.replace('.', "").replace(',', "."),
        _ => return None,
    };
    plain.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.').then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let cases = [
            ("42000", 42_000.0),
            ("42,000", 42_000.0),
            ("1'200", 1_200.0),
            ("1 200 000", 1_200_000.0),
            ("$1.2m", 1_200_000.0),
            ("USD 3.5k", 3_500.0),
            ("3.5k EUR", 3_500.0),
            ("€ 84.50", 84.5),
            ("84,50 €", 84.5),
            ("1.234.567,8", 1_234_567.8),
            ("-8%", -0.08),
            ("−3 %", -0.03),
            ("-$5", -5.0),
            ("2 million", 2_000_000.0),
            ("1.200", 1.2),
        ];
        for (text, expected) in cases {
            let found = number(text).unwrap_or_else(|| panic!("{text} is no number"));
            assert!((found - expected).abs() < 1e-9, "{text}: {found}");
        }
        for text in
            ["", "-8% on lanes", "$5-$7", "1,2,3", "ten", "12 March", "5 to 7", "infinity", "1.2.3,4,5"]
        {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
