//! Connections, requests and answers.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::channel::Channel;
use http_body_util::{BodyExt, Either, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use super::guard::{self, Refusal};
use super::page::{self, Found, OWN};
use super::{Shared, Shown, editor, live};

/// So many connections may be open; then the oldest gives way. Browsers come back by themselves.
const CONNECTIONS: usize = 256;
/// A request's head must have come after so long, and be no longer than so many bytes.
const HEAD_TIME: Duration = Duration::from_secs(10);
const HEAD_BYTES: usize = 16 << 10;
/// The only requests with a body say which place is to be opened.
const BODY_TIME: Duration = Duration::from_secs(5);
const BODY_BYTES: usize = 4 << 10;

/// A script that morphs pages, and ours that makes use of it.
const SCRIPT: &str = concat!(include_str!("vendor/idiomorph.js"), "\n", include_str!("live.js"));
const STYLE: &str = include_str!("live.css");

pub(super) type Body = Either<Full<Bytes>, Channel<Bytes>>;

/// A request with what is known of its sender.
pub(super) struct Asked {
    pub(super) request: Request<Incoming>,
    /// Whether it comes from this machine; only such senders see files' places and problems' texts.
    pub(super) is_near: bool,
}

/// Takes connections until the program ends.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut open: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                open.retain(|connection| !connection.is_finished());
                if open.len() >= CONNECTIONS
                    && let Some(oldest) = open.pop_front()
                {
                    oldest.abort();
                }
                let connection = tokio::spawn(connection(stream, peer, Arc::clone(&shared)));
                open.push_back(connection.abort_handle());
            }
            // The system has no more room for connections, for the moment.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, shared: Arc<Shared>) {
    // Small answers must not wait for more to come.
    let _ = stream.set_nodelay(true);
    let is_near = peer.ip().to_canonical().is_loopback();
    let service = service_fn(|request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(answer(shared, Asked { request, is_near }).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_header_size(HEAD_BYTES);
    // A client that breaks off or sends nonsense is nobody's concern.
    let _ = http.serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(shared: Arc<Shared>, asked: Asked) -> Response<Body> {
    let (method, uri) = (asked.request.method().clone(), asked.request.uri().clone());
    let checked = guard::check(shared.address, &method, &uri, asked.request.headers());
    let path = match checked.and_then(|()| guard::path(&uri)) {
        Ok(path) => path,
        Err(Refusal(status, why)) => return text(status, why),
    };
    let is_post = path.strip_prefix(OWN) == Some("open");
    let allowed: &[Method] = if is_post { &[Method::POST] } else { &[Method::GET, Method::HEAD] };
    if !allowed.contains(&method) {
        let mut refusal = text(StatusCode::METHOD_NOT_ALLOWED, "Only reading is possible here.\n");
        let allow = if is_post { "POST" } else { "GET, HEAD" };
        refusal.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
        return refusal;
    }
    match path.strip_prefix(OWN) {
        Some("live.js") => own_file("live.js", SCRIPT, &asked),
        Some("live.css") => own_file("live.css", STYLE, &asked),
        Some("events") if method == Method::GET => live::events(&shared, &asked),
        Some("source") => source(&shared, &asked).await,
        Some("open") => open(shared, asked).await,
        Some(_) => text(StatusCode::NOT_FOUND, "There is no such file.\n"),
        None => file(shared, asked, path).await,
    }
}

/// A file of the site.
async fn file(shared: Arc<Shared>, asked: Asked, path: String) -> Response<Body> {
    let shown = shared.shown().await;
    let rendered = {
        let (shared, path) = (Arc::clone(&shared), path.clone());
        // Rendering takes its time, and others are waiting.
        tokio::task::spawn_blocking(move || render(&shared, &shown, &path)).await
    };
    match rendered {
        Ok(Ok(Rendered { status, bytes, content_type })) => {
            let mut answer = bytes_of(status, bytes, content_type, &asked);
            let headers = answer.headers_mut();
            if content_type.starts_with("text/html") {
                let policy = HeaderValue::from_static("frame-ancestors 'none'; base-uri 'none'");
                headers.insert(header::CONTENT_SECURITY_POLICY, policy);
            } else if content_type.starts_with("image/svg") {
                // A drawing that is opened as a page of its own must not do more than one in a page.
                let policy =
                    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");
                headers.insert(header::CONTENT_SECURITY_POLICY, policy);
            }
            answer
        }
        Ok(Err(moved)) => {
            let mut answer = text(StatusCode::PERMANENT_REDIRECT, "");
            if let Ok(moved) = HeaderValue::from_str(&moved) {
                answer.headers_mut().insert(header::LOCATION, moved);
            }
            answer
        }
        Err(_) => text(StatusCode::INTERNAL_SERVER_ERROR, "This page could not be made.\n"),
    }
}

struct Rendered {
    status: StatusCode,
    bytes: Vec<u8>,
    content_type: &'static str,
}

/// The answer for a path; an error is where it stands instead.
fn render(shared: &Shared, shown: &Shown, path: &str) -> Result<Rendered, String> {
    let html = |status, html: &[u8]| {
        let style = shared.style(shown);
        let bytes = page::with_script(html, path, &style);
        Ok(Rendered { status, bytes, content_type: page::content_type(".html") })
    };
    match page::find(&shown.view, path) {
        Found::Page(bytes) => html(StatusCode::OK, &bytes),
        Found::Missing(bytes) => html(StatusCode::NOT_FOUND, &bytes),
        Found::File(bytes) => {
            shared.remember(path, &page::version(&bytes));
            Ok(Rendered { status: StatusCode::OK, bytes, content_type: page::content_type(path) })
        }
        Found::Moved(path) => Err(format!("/{path}")),
        Found::Failed(why) => {
            html(StatusCode::INTERNAL_SERVER_ERROR, &page::plain_page("This page cannot be made", &why))
        }
        Found::Nothing => {
            let errors: Vec<&str> = shown.view.errors.first.iter().map(|error| error.text.as_str()).collect();
            html(
                StatusCode::SERVICE_UNAVAILABLE,
                &page::plain_page("There is no site yet", &errors.join("\n\n")),
            )
        }
    }
}

impl Shared {
    /// What is shown now; waits for the first view.
    pub(super) async fn shown(&self) -> Arc<Shown> {
        let mut views = self.views.subscribe();
        loop {
            if let Some(shown) = views.borrow_and_update().clone() {
                return shown;
            }
            // The sender lives as long as `self`.
            let _ = views.changed().await;
        }
    }

    /// The version of the style sheet.
    fn style(&self, shown: &Shown) -> String {
        if let Some(version) = self.loaded().get(page::STYLE) {
            return version.clone();
        }
        let site = shown.view.site.as_ref();
        let bytes = site.and_then(|site| site.render(page::STYLE).ok()).unwrap_or_default();
        let version = page::version(&bytes);
        self.remember(page::STYLE, &version);
        version
    }
}

/// Where something on a page was written: `?page=notes/a.html&anchor=m_3`.
async fn source(shared: &Shared, asked: &Asked) -> Response<Body> {
    let uri = asked.request.uri();
    let page = guard::query(uri, "page").unwrap_or_default();
    let anchor = guard::query(uri, "anchor").unwrap_or_default();
    let shown = shared.shown().await;
    match place(&shown, &page, &anchor).filter(|_| asked.is_near) {
        Some(place) => json_of(&place),
        None => text(StatusCode::NOT_FOUND, "No file says that.\n"),
    }
}

/// Where something on a page was written, as the script of pages is told.
pub(super) fn place(shown: &Shown, page: &str, anchor: &str) -> Option<Value> {
    let page =
        if page.is_empty() || page.ends_with('/') { format!("{page}index.html") } else { page.to_owned() };
    let spot = shown.view.site.as_ref()?.spot(&page, anchor)?;
    let file = shown.view.root.join(spot.source.as_str());
    let href = editor::link(shown.view.editor, &file, spot.line, spot.column);
    Some(json!({ "file": spot.source.as_str(), "line": spot.line, "column": spot.column, "href": href }))
}

/// Has a place opened by a command: `{"token", "page", "anchor"}`, or `{"token", "file", "line", "column"}` of a problem that is shown.
async fn open(shared: Arc<Shared>, asked: Asked) -> Response<Body> {
    let body = Limited::new(asked.request.into_body(), BODY_BYTES).collect();
    let Ok(Ok(body)) = tokio::time::timeout(BODY_TIME, body).await else {
        return text(StatusCode::BAD_REQUEST, "This is no place.\n");
    };
    let Ok(wish) = serde_json::from_slice::<Value>(&body.to_bytes()) else {
        return text(StatusCode::BAD_REQUEST, "This is no place.\n");
    };
    if !asked.is_near || !is_same(wish["token"].as_str().unwrap_or_default(), &shared.token) {
        return text(StatusCode::FORBIDDEN, "Only a page of this server may ask for that.\n");
    }
    let shown = shared.shown().await;
    let text_of = |name: &str| wish[name].as_str().unwrap_or_default();
    let place = match wish["file"].as_str() {
        Some(file) => problem_place(&shown, file, &wish),
        None => place(&shown, text_of("page"), text_of("anchor")),
    };
    let Some(place) = place else { return text(StatusCode::NOT_FOUND, "No file says that.\n") };
    let opened = tokio::task::spawn_blocking(move || {
        let number =
            |name: &str| place[name].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(1);
        let file = shown.view.root.join(place["file"].as_str().unwrap_or_default());
        (shared.open)(&file, number("line"), number("column"))
    });
    match opened.await {
        Ok(Ok(())) => text(StatusCode::OK, ""),
        Ok(Err(why)) => text(StatusCode::BAD_GATEWAY, &why),
        Err(_) => text(StatusCode::BAD_GATEWAY, "the editor could not be started"),
    }
}

/// The place of a problem that is shown; no other file can be named.
fn problem_place(shown: &Shown, file: &str, wish: &Value) -> Option<Value> {
    let problems = shown.view.errors.first.iter().chain(&shown.view.warnings.first);
    let mut places = problems.filter_map(|problem| problem.place.as_ref());
    let (source, line, column) =
        places.find(|(source, line, _)| source.as_str() == file && wish["line"] == json!(line))?;
    Some(json!({ "file": source.as_str(), "line": line, "column": column }))
}

/// Compares without telling by the time it takes how much is right.
fn is_same(one: &str, other: &str) -> bool {
    blake3::hash(one.as_bytes()) == blake3::hash(other.as_bytes())
}

fn own_file(path: &str, text: &'static str, asked: &Asked) -> Response<Body> {
    bytes_of(StatusCode::OK, text.as_bytes().to_vec(), page::content_type(path), asked)
}

/// Bytes with a tag by which a browser knows next time that it has them.
fn bytes_of(status: StatusCode, bytes: Vec<u8>, content_type: &'static str, asked: &Asked) -> Response<Body> {
    let tag = format!("\"{}\"", page::version(&bytes));
    let known = asked.request.headers().get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let is_known =
        known.is_some_and(|known| known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag));
    let mut answer = if is_known && status == StatusCode::OK {
        body(StatusCode::NOT_MODIFIED, Vec::new())
    } else {
        body(status, bytes)
    };
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    answer
}

fn json_of(value: &Value) -> Response<Body> {
    let mut answer = body(StatusCode::OK, value.to_string().into_bytes());
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

fn text(status: StatusCode, text: &str) -> Response<Body> {
    let mut answer = body(status, text.as_bytes().to_vec());
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

fn body(status: StatusCode, bytes: Vec<u8>) -> Response<Body> {
    dressed(status, Either::Left(Full::new(bytes.into())))
}

/// An answer with what every answer says.
pub(super) fn dressed(status: StatusCode, body: Body) -> Response<Body> {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}
