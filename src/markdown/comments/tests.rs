use proptest::prelude::*;

use super::*;

/// The text with comments blanked, fillers shown as `_` and blanks as they are.
fn shown(text: &str) -> String {
    let (comments, blanked) = find(text, 0);
    assert_eq!(blanked.len(), text.len());
    let _ = comments;
    blanked.replace(FILLER, "_")
}

fn found(text: &str) -> Vec<&str> {
    comments(text, 0).spans.into_iter().map(|span| &text[span.range()]).collect()
}

#[test]
fn a_comment_is_blanked_with_its_markers() {
    assert_eq!(shown("a %% b %% c\n"), "a _______ c\n");
    assert_eq!(shown("%% [[Secret]] %%\n"), "                \n");
    assert_eq!(found("a %% b %% c %%d%%"), ["%% b %%", "%%d%%"]);
}

#[test]
fn a_comment_may_span_blocks_and_hold_anything() {
    let text = "one\n\n%%\n# two\n```\n- three\n%%\n\nfour `%%`\n";
    assert_eq!(shown(text), "one\n\n  \n     \n   \n       \n  \n\nfour `%%`\n");
}

#[test]
fn characters_of_any_width_become_as_many_blanks_as_they_have_bytes() {
    assert_eq!(shown("%%é%%\r\nä"), "      \r\nä");
}

#[test]
fn code_keeps_its_percent_signs() {
    for text in [
        "```\n%% a %%\n```\n",
        "~~~ x\n%%\n~~~\n",
        "    %% a %%\n",
        "a `%%` b `%%`\n",
        "- a\n\n      %% code in an item\n",
        "> ```\n> %%\n> ```\n",
    ] {
        assert_eq!(found(text), Vec::<&str>::new(), "{text:?}");
    }
    // A line that goes on with a paragraph is no code, however far it is indented.
    assert_eq!(found("a\n    %% b %%\n"), ["%% b %%"]);
    assert_eq!(found("`%%` %% `x %% `%%`"), ["%% `x %%"]);
}

#[test]
fn what_is_unclosed_reaches_to_the_end() {
    let (comments, text) = find("a %% b\n\nc `d` %\n", 0);
    assert_eq!(comments.unclosed, Some(Span::new(2, 4)));
    assert_eq!(text, "a \u{c}\u{c}\u{c}\u{c}\n\n       \n");
    assert_eq!(find("a 5% b\n", 0).0, Comments::default());
}

#[test]
fn words_beside_a_comment_are_neither_indented_nor_broken_off() {
    assert_eq!(shown("%% a %% words\n"), "_______ words\n");
    assert_eq!(shown("- %% a %% words\n"), "- _______ words\n");
    assert_eq!(shown("words %% a\nb %% words\n"), "words ____\n____ words\n");
    assert_eq!(shown("- %% a %%\n"), "-        \n");
    // The quote around a comment is none of it.
    assert_eq!(shown("> %%\n> secret\n> %%\n> words\n"), ">   \n>       \n>   \n> words\n");
}

#[test]
fn many_comments_cost_little() {
    for text in
        ["%%\n", "%% a\n\n", "%%`a%% b ", "- a %%\nb%% c\n", "    %%\n\na\n\n", "`%%` ", "a %%\n`b%% c\n"]
    {
        let text = text.repeat(200);
        let (_, blanked) = find(&text, 0);
        assert_eq!(blanked.len(), text.len());
    }
}

proptest! {
    #[test]
    fn spans_ascend_and_only_they_are_blanked(
        text in "(%%|%|`|```\n|~~~\n|\n|\r\n|    |\t|- |> |<b |é|[a-c ]){0,40}"
    ) {
        let (comments, blanked) = find(&text, 0);
        prop_assert_eq!(blanked.len(), text.len());
        let mut end = 0;
        for span in &comments.spans {
            prop_assert!(span.start >= end && text[span.range()].starts_with("%%"));
            prop_assert_eq!(&blanked[end..span.start], &text[end..span.start]);
            let left = blanked[span.range()].trim_matches([' ', '\n', '\r', '>', FILLER]);
            prop_assert_eq!(left, "");
            end = span.end;
        }
        prop_assert_eq!(&blanked[end..], &text[end..]);
    }
}
