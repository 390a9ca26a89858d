//! Who may ask, and for what: refuses what a page of somebody else could make a browser send.
//!
//! A name that leads to this machine only for a moment (DNS rebinding) is told by the `Host` that the browser sends, since it
//! is not ours. Scripts and pictures that other pages embed are told by what browsers say of their requests.

use std::net::{IpAddr, SocketAddr};

use hyper::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use hyper::{Method, StatusCode, Uri};

/// Why a request gets no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Refusal(pub(super) StatusCode, pub(super) &'static str);

const FOREIGN_HOST: Refusal =
    Refusal(StatusCode::FORBIDDEN, "This server answers only to localhost and to its address in numbers.\n");
const FOREIGN_PAGE: Refusal = Refusal(StatusCode::FORBIDDEN, "This server answers only to its own pages.\n");
const BAD_PATH: Refusal = Refusal(StatusCode::BAD_REQUEST, "No path of a site.\n");

/// Checks where a request comes from.
pub(super) fn check(
    bound: SocketAddr,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<(), Refusal> {
    let host = only(headers, &HOST).ok_or(FOREIGN_HOST)?;
    let named = uri.authority().map(hyper::http::uri::Authority::as_str);
    if !is_own(bound, host) || named.is_some_and(|named| !named.eq_ignore_ascii_case(host)) {
        return Err(FOREIGN_HOST);
    }
    let is_own_origin =
        |origin: &str| origin.strip_prefix("http://").is_some_and(|origin| origin.eq_ignore_ascii_case(host));
    let changes_nothing = method == Method::GET || method == Method::HEAD;
    match headers.get(ORIGIN) {
        Some(_) if only(headers, &ORIGIN).is_some_and(is_own_origin) => {}
        None if changes_nothing => {}
        _ => return Err(FOREIGN_PAGE),
    }
    let word = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match word("sec-fetch-site") {
        None | Some("same-origin" | "none") => Ok(()),
        // A link on another page may lead here; what stands on the page that it opens, the other page cannot see.
        Some(_)
            if word("sec-fetch-mode") == Some("navigate") && word("sec-fetch-dest") == Some("document") =>
        {
            Ok(())
        }
        Some(_) => Err(FOREIGN_PAGE),
    }
}

/// The path of a request as one below the site's root, decoded.
pub(super) fn path(uri: &Uri) -> Result<String, Refusal> {
    let path = uri.path().strip_prefix('/').ok_or(BAD_PATH)?;
    let path = decode(path).ok_or(BAD_PATH)?;
    let is_odd = |character: char| character.is_control() || character == '\\';
    if path.contains(is_odd) || path.split('/').any(|name| name == "..") || path.starts_with('/') {
        return Err(BAD_PATH);
    }
    Ok(path)
}

/// A value of a request's query, decoded.
pub(super) fn query(uri: &Uri, name: &str) -> Option<String> {
    let pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).find_map(|(_, value)| decode(value))
}

/// The only value of a header that must not stand twice.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Whether a host is this server under a name that nobody else can give it.
fn is_own(bound: SocketAddr, host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (host, "80"),
    };
    if port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let numbers = match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        Some(name) => name.parse().map(IpAddr::V6),
        None => name.parse().map(IpAddr::V4),
    };
    numbers.is_ok_and(|address| address.is_loopback() || !bound.ip().is_loopback())
}

/// The text that `%` escapes stand for; `None` if it is none.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digit = |byte: u8| char::from(byte).to_digit(16);
            bytes.push(u8::try_from(digit(digits[0])? * 16 + digit(digits[1])?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(address: &str) -> SocketAddr {
        address.parse().expect("an address")
    }

    #[test]
    fn only_names_that_nobody_else_can_give_are_own() {
        let loopback = bound("127.0.0.1:4747");
        for host in ["localhost", "LOCALHOST:4747", "127.0.0.1:4747", "127.0.0.2", "[::1]:80", "[::1]"] {
            assert!(is_own(loopback, host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "localhost.",
            "127.0.0.1.evil.example",
            "192.168.1.7",
            "localhost:80x",
            "localhost:",
            "::1",
            "[localhost]",
            "[127.0.0.1]",
            "user@localhost",
            "127.1",
            "2130706433",
        ] {
            assert!(!is_own(loopback, host), "{host}");
        }
        let open = bound("0.0.0.0:4747");
        assert!(is_own(open, "192.168.1.7:4747"));
        assert!(!is_own(open, "machine.example:4747"));
    }

    #[test]
    fn no_path_leads_out_however_it_is_written() {
        for path_text in [
            "/../a",
            "/a/../../b",
            "/%2e%2e/a",
            "/%2E./a",
            "/..%2fa",
            "/..%5ca",
            "/a%00",
            "/%",
            "/%zz",
            "//a",
            "/%2fetc",
            "/%ff",
        ] {
            let uri: Uri = path_text.parse().expect("an address");
            assert_eq!(path(&uri), Err(BAD_PATH), "{path_text}");
        }
        let uri: Uri = "/notes/a%20b.html?v=1%2F".parse().expect("an address");
        assert_eq!(path(&uri).as_deref(), Ok("notes/a b.html"));
        assert_eq!(query(&uri, "v").as_deref(), Some("1/"));
        // What is escaped twice is a name with a percent sign.
        let uri: Uri = "/%252e%252e/a".parse().expect("an address");
        assert_eq!(path(&uri).as_deref(), Ok("%2e%2e/a"));
    }

    #[test]
    fn other_pages_get_nothing() {
        let asks = |method: Method, pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, value.parse().expect("a value"));
            }
            let uri = Uri::from_static("/assets/search/head.js");
            check(bound("127.0.0.1:4747"), &method, &uri, &headers)
        };
        let host = ("host", "localhost:4747");
        let own = ("origin", "http://localhost:4747");
        assert_eq!(asks(Method::GET, &[host]), Ok(()));
        assert_eq!(asks(Method::GET, &[host, own, ("sec-fetch-site", "same-origin")]), Ok(()));
        assert_eq!(asks(Method::POST, &[host, own]), Ok(()));
        assert_eq!(asks(Method::POST, &[host]), Err(FOREIGN_PAGE));
        assert_eq!(asks(Method::GET, &[host, ("origin", "null")]), Err(FOREIGN_PAGE));
        assert_eq!(asks(Method::GET, &[host, ("origin", "http://localhost:1")]), Err(FOREIGN_PAGE));
        assert_eq!(asks(Method::GET, &[host, ("sec-fetch-site", "cross-site")]), Err(FOREIGN_PAGE));
        let click = [
            host,
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
        assert_eq!(asks(Method::GET, &click), Ok(()));
        let frame = [
            host,
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "iframe"),
        ];
        assert_eq!(asks(Method::GET, &frame), Err(FOREIGN_PAGE));
        assert_eq!(asks(Method::GET, &[]), Err(FOREIGN_HOST));
        assert_eq!(asks(Method::GET, &[host, host]), Err(FOREIGN_HOST));
    }
}
