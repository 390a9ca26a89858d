//! Reads pages as a browser's tokenizer does, and says what is active in them and which links are dead.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use html5ever::TokenizerResult;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer};
use url::Url;

use crate::project::{Files, is_kind};

/// What stands in a page.
#[derive(Default, Debug)]
pub(crate) struct Page {
    pub(crate) elements: Vec<Element>,
    /// All text, also that of the title and of scripts.
    pub(crate) text: String,
    pub(crate) comments: Vec<String>,
    /// How often each element is closed.
    closed: BTreeMap<String, usize>,
}

/// A start tag.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    /// Attributes that stood twice; browsers read only the first.
    twice: bool,
}

/// Elements that run something, load something, or change how the page works, wherever they stand in it.
const FORBIDDEN: &[&str] = &[
    "iframe",
    "frame",
    "frameset",
    "object",
    "embed",
    "applet",
    "base",
    "style",
    "form",
    "portal",
    "fencedframe",
    "foreignobject",
    "animate",
    "set",
    "plaintext",
    "xmp",
    "noembed",
    "noframes",
    "math",
    "template",
    "slot",
];

/// Attributes whose value a browser loads or follows.
const ADDRESSES: &[&str] = &[
    "href",
    "src",
    "action",
    "formaction",
    "poster",
    "data",
    "xlink:href",
    "ping",
    "cite",
    "background",
    "longdesc",
    "manifest",
    "icon",
    "codebase",
    "archive",
];

impl Element {
    /// The value of an attribute.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Page {
    /// Takes a page apart.
    pub(crate) fn parse(html: &str) -> Self {
        let tokenizer = Tokenizer::new(Sink::default(), html5ever::tokenizer::TokenizerOpts::default());
        let input = BufferQueue::default();
        input.push_back(StrTendril::from(html));
        // A script ends a turn of the tokenizer; what follows it waits in the queue.
        while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
        tokenizer.end();
        tokenizer.sink.page.into_inner()
    }

    /// The elements of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements.iter().filter(move |element| element.name == name)
    }

    /// Every `id`, in order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.elements.iter().filter_map(|element| element.get("id"))
    }

    /// Every address that the page loads or leads to.
    pub(crate) fn addresses(&self) -> Vec<&str> {
        let mut addresses = Vec::new();
        for element in &self.elements {
            for (name, value) in &element.attributes {
                if ADDRESSES.contains(&name.as_str()) {
                    addresses.push(value.as_str());
                }
                if name == "srcset" || name == "imagesrcset" {
                    addresses.extend(value.split(',').filter_map(|part| part.split_whitespace().next()));
                }
            }
        }
        addresses
    }

    /// What a reader's browser would run, load from elsewhere, or be led astray by.
    pub(crate) fn active(&self) -> Vec<String> {
        let mut found = Vec::new();
        for element in &self.elements {
            let mut say = |what: &str| found.push(format!("{what} in {element:?}"));
            let name = element.name.as_str();
            // A search form of ours needs no script and leads to a page of the site.
            let own_search =
                name == "form" && element.get("action").is_some_and(|to| to.ends_with("search.html"));
            if FORBIDDEN.contains(&name) && !own_search {
                say("a forbidden element");
            }
            if element.twice {
                say("an attribute twice");
            }
            match name {
                "script" if element.get("src").is_none() => say("an inline script"),
                "meta" => {
                    let equivalent = element.get("http-equiv").unwrap_or_default().to_lowercase();
                    if !matches!(equivalent.as_str(), "" | "content-security-policy") {
                        say("a meta command");
                    }
                }
                _ => {}
            }
            for (attribute, value) in &element.attributes {
                let attribute = attribute.as_str();
                let address = ADDRESSES.contains(&attribute) || attribute.ends_with(":href");
                let follows = matches!(name, "a" | "area") || matches!(attribute, "cite" | "longdesc");
                let loads = !follows && (address || attribute == "srcset");
                let own_link = name == "link" && element.get("rel") == Some("canonical");
                if attribute.starts_with("on") || attribute == "style" || attribute == "srcdoc" {
                    say("an active attribute");
                }
                if attribute == "ping" || attribute == "autofocus" || attribute == "xmlns:xlink" {
                    say("a doubtful attribute");
                }
                match scheme(value) {
                    Some(scheme)
                        if address && !matches!(scheme.as_str(), "http" | "https" | "mailto" | "tel") =>
                    {
                        say("a scheme that is not for links");
                    }
                    Some(_) if loads && !own_link => say("something loaded from elsewhere"),
                    _ => {}
                }
                if name == "use" && address && !value.starts_with('#') {
                    say("something taken from elsewhere");
                }
                let slashes = value.trim_start().replace('\\', "/");
                if address && slashes.starts_with('/') {
                    say("an address from the host's root");
                }
                if attribute == "srcset" && value.contains(':') {
                    say("something loaded from elsewhere");
                }
            }
        }
        found
    }

    /// What is wrong with the page as a document: a note has broken out of its place, or it lacks something.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for name in ["html", "head", "body", "title", "main", "h1"] {
            let (opened, closed) = (self.all(name).count(), self.closed.get(name).copied().unwrap_or(0));
            if opened != 1 || closed != 1 {
                faults.push(format!("<{name}> is opened {opened} times and closed {closed} times"));
            }
        }
        for name in
            ["div", "section", "article", "a", "p", "ul", "ol", "li", "table", "blockquote", "details"]
        {
            let (opened, closed) = (self.all(name).count(), self.closed.get(name).copied().unwrap_or(0));
            if opened < closed || (opened > closed && !matches!(name, "p" | "li")) {
                faults.push(format!("<{name}> is opened {opened} times and closed {closed} times"));
            }
        }
        let mut seen = BTreeSet::new();
        for id in self.ids() {
            if !seen.insert(id) {
                faults.push(format!("the id `{id}` stands twice"));
            }
        }
        let policy = self.all("meta").find(|meta| {
            meta.get("http-equiv").is_some_and(|name| name.eq_ignore_ascii_case("content-security-policy"))
        });
        match policy.and_then(|policy| policy.get("content")) {
            None => faults.push("there is no Content-Security-Policy".to_owned()),
            Some(policy) => {
                for word in ["unsafe-inline", "unsafe-eval", "data:", "blob:", "http:", "https:", "*"] {
                    if policy.contains(word) {
                        faults.push(format!("the policy allows {word}"));
                    }
                }
                if !policy.contains("default-src 'none'") && !policy.contains("default-src 'self'") {
                    faults.push("the policy has no strict default".to_owned());
                }
            }
        }
        faults
    }
}

/// The pages of a site by path.
pub(crate) fn pages(site: &Files) -> BTreeMap<&str, Page> {
    let html = site.iter().filter(|(path, _)| is_kind(path, "html"));
    html.map(|(path, bytes)| {
        let text = std::str::from_utf8(bytes).unwrap_or_else(|error| panic!("{path} is not UTF-8: {error}"));
        (path.as_str(), Page::parse(text))
    })
    .collect()
}

/// Everything on a site that is active, broken or dead, one line each.
pub(crate) fn problems(site: &Files) -> Vec<String> {
    let pages = pages(site);
    let mut problems = Vec::new();
    for (path, page) in &pages {
        // The page for missing addresses holds no words of anybody but us, and a few rules of ours as its only ones.
        let is_dressed = *path == "404.html" && page.all("style").count() == 1;
        let own_style = |problem: &String| is_dressed && problem.contains("name: \"style\"");
        problems.extend(
            page.active()
                .into_iter()
                .chain(page.faults())
                .filter(|problem| !own_style(problem))
                .map(|problem| format!("{path}: {problem}")),
        );
        let own = |script: &Element| script.get("src").is_some_and(|src| inside(path, src, "assets/"));
        problems.extend(
            page.all("script")
                .filter(|script| !own(script))
                .map(|script| format!("{path}: not our script {script:?}")),
        );
    }
    for (path, bytes) in site.iter().filter(|(path, _)| is_kind(path, "svg")) {
        let image = Page::parse(&String::from_utf8_lossy(bytes));
        let scripts = image.all("script").map(|script| format!("{script:?}"));
        problems.extend(scripts.chain(image.active()).map(|problem| format!("{path}: {problem}")));
    }
    let addresses = pages.iter().map(|(path, page)| (*path, page.addresses())).collect();
    let ids = pages.iter().map(|(path, page)| (*path, page.ids().collect())).collect();
    problems.extend(dead_links(site, &addresses, &ids));
    problems
}

/// The links of all pages that lead to no file or no place of the site.
pub(crate) fn dead_links(
    site: &Files,
    addresses: &BTreeMap<&str, Vec<&str>>,
    ids: &BTreeMap<&str, BTreeSet<&str>>,
) -> Vec<String> {
    let mut dead = Vec::new();
    for (path, addresses) in addresses {
        for address in addresses {
            let Some((target, fragment)) = resolve(path, address) else { continue };
            if !site.contains_key(&target) {
                dead.push(format!("{path}: `{address}` leads to no file ({target})"));
            } else if let Some(ids) = ids.get(target.as_str())
                && !fragment.is_empty()
                && !ids.contains(fragment.as_str())
            {
                dead.push(format!("{path}: `{address}` leads to no place in {target}"));
            }
        }
    }
    dead
}

/// The pages that a reader can reach from the front page by links.
pub(crate) fn reachable(site: &Files) -> BTreeSet<String> {
    let pages = pages(site);
    let mut reached = BTreeSet::from(["index.html".to_owned()]);
    let mut waiting = vec!["index.html".to_owned()];
    while let Some(path) = waiting.pop() {
        let Some(page) = pages.get(path.as_str()) else { continue };
        for link in page.all("a").filter_map(|link| link.get("href")) {
            if let Some((target, _)) = resolve(&path, link)
                && reached.insert(target.clone())
            {
                waiting.push(target);
            }
        }
    }
    reached
}

/// The file and the place in it that an address of a page means; nothing for addresses of other hosts.
fn resolve(path: &str, address: &str) -> Option<(String, String)> {
    let root = Url::parse("http://site.invalid/a/b/c/d/").expect("it is an address");
    let base = root.join(&quoted(path)).expect("a path of the site");
    let target = base.join(address).ok()?;
    if target.host_str() != root.host_str() {
        return None;
    }
    let below = decoded(target.path().strip_prefix(root.path()).unwrap_or(target.path()));
    Some((below, decoded(target.fragment().unwrap_or_default())))
}

fn inside(path: &str, address: &str, folder: &str) -> bool {
    resolve(path, address).is_some_and(|(target, _)| target.starts_with(folder))
}

/// A path as an address: a name may hold signs that mean something there.
fn quoted(path: &str) -> String {
    path.replace('%', "%25").replace('?', "%3F").replace('#', "%23")
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = (byte == b'%').then(|| after.get(..2)).flatten();
        let value = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(value.unwrap_or(byte));
        rest = if value.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The scheme of an address as a browser finds it: blanks and control characters before and in it do not count.
fn scheme(address: &str) -> Option<String> {
    let address: String = address.chars().filter(|character| !character.is_control()).collect();
    let (scheme, _) = address.trim().split_once(':')?;
    let starts = scheme.starts_with(|first: char| first.is_ascii_alphabetic());
    let continues = scheme.chars().all(|next| next.is_ascii_alphanumeric() || "+-.".contains(next));
    let relative = address.trim_start().starts_with("//");
    ((starts && continues) || relative).then(|| scheme.to_lowercase())
}

#[derive(Default)]
struct Sink {
    page: RefCell<Page>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut page = self.page.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                let name = tag.name.to_string();
                let attributes = tag.attrs.iter();
                let attributes = attributes
                    .map(|attribute| (attribute.name.local.to_string(), attribute.value.to_string()));
                let twice = tag.had_duplicate_attributes;
                let result = match name.as_str() {
                    "script" => TokenSinkResult::RawData(RawKind::ScriptData),
                    "style" | "xmp" | "iframe" | "noembed" | "noframes" | "noscript" => {
                        TokenSinkResult::RawData(RawKind::Rawtext)
                    }
                    "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
                    "plaintext" => TokenSinkResult::Plaintext,
                    _ => TokenSinkResult::Continue,
                };
                page.elements.push(Element { name, attributes: attributes.collect(), twice });
                return result;
            }
            Token::TagToken(tag) => *page.closed.entry(tag.name.to_string()).or_default() += 1,
            Token::CharacterTokens(text) => page.text.push_str(&text),
            Token::CommentToken(text) => page.comments.push(text.to_string()),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[test]
fn the_checker_sees_what_it_is_there_for() {
    let active = |html: &str| Page::parse(html).active().len();
    let quiet = "<p class=x>a &lt;script> <kbd>k</kbd> <a href='https://e.org/'>e</a> <a href='../x.html#y'>x</a></p>";
    assert_eq!(active(quiet), 0);
    for html in [
        "<script>1</script>",
        "<p onclick=x>",
        "<p style=x>",
        "<a href='javascript:x'>",
        "<a href=' JaVa\tScript&#58;x'>",
        "<a href='data:text/html,x'>",
        "<img src='https://e.org/x.png'>",
        "<img src='//e.org/x.png'>",
        "<img srcset='https://e.org/x.png 1x'>",
        "<iframe></iframe>",
        "<svg><use href='x.svg#x'/></svg>",
        "<meta http-equiv=refresh content=0>",
        "<form action=x.html>",
        "<base href=x>",
        "<script src=x></script><style>p{}</style>",
        "<a href='/etc/passwd'>",
    ] {
        assert!(active(html) > 0, "{html}");
    }
    assert_eq!(decoded("a%20b%zz%"), "a b%zz%");
}
