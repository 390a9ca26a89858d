//! Tells open pages what has changed: server-sent events, one connection a page that somebody sees.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Either;
use http_body_util::channel::{Channel, Sender};
use hyper::body::Bytes;
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use super::http::{Asked, Body, dressed, place};
use super::page::{self, Found};
use super::{Problem, Shared, Shown, View, editor, guard};

/// How soon a browser comes back when the connection breaks, in milliseconds.
const RETRY: u32 = 300;
/// So often something is sent, to learn whether somebody still listens.
const PULSE: Duration = Duration::from_secs(20);

/// A page that is open in a browser, and what it has been told.
struct Tab {
    page: String,
    /// The version that it shows.
    version: String,
    is_missing: bool,
    /// Whether it may see where files are and what problems quote.
    is_near: bool,
    status: Value,
    /// The versions of the files beside pages that it may show.
    assets: BTreeMap<String, String>,
    source: Value,
}

/// Answers with a row of events: `?page=notes/a.html&version=...`.
pub(super) fn events(shared: &Arc<Shared>, asked: &Asked) -> Response<Body> {
    let uri = asked.request.uri();
    // After a break the browser says which event was the last that it has got.
    let last = asked.request.headers().get("last-event-id").and_then(|id| id.to_str().ok());
    let last = last.filter(|id| !id.is_empty()).map(str::to_owned);
    let mut tab = Tab {
        page: guard::query(uri, "page").unwrap_or_default(),
        version: last.or_else(|| guard::query(uri, "version")).unwrap_or_default(),
        is_missing: false,
        is_near: asked.is_near,
        status: Value::Null,
        assets: shared.loaded().clone(),
        source: Value::Null,
    };
    if let Some(style) = guard::query(uri, "style") {
        tab.assets.insert(page::STYLE.to_owned(), style);
    }
    let (sender, channel) = Channel::new(4);
    tokio::spawn(tell(Arc::clone(shared), tab, sender));
    let mut answer = dressed(StatusCode::OK, Either::Right(channel));
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    answer
}

/// Tells a page of every view until nobody listens any more. A page that is slow to listen gets the newest view only.
async fn tell(shared: Arc<Shared>, mut tab: Tab, mut sender: Sender<Bytes>) {
    let hello = json!({ "token": if tab.is_near { shared.token.as_str() } else { "" } });
    let hello = format!("retry: {RETRY}\nevent: hello\ndata: {hello}\n\n");
    if sender.send_data(hello.into()).await.is_err() {
        return;
    }
    let mut views = shared.views.subscribe();
    loop {
        let shown = views.borrow_and_update().clone();
        if let Some(shown) = shown {
            let told = tokio::task::spawn_blocking(move || {
                let events = tab.events(&shown);
                (tab, events)
            });
            let Ok((back, events)) = told.await else { return };
            tab = back;
            for event in events {
                if sender.send_data(event.into()).await.is_err() {
                    return;
                }
            }
        }
        loop {
            match tokio::time::timeout(PULSE, views.changed()).await {
                Ok(Ok(())) => break,
                Ok(Err(_)) => return,
                Err(_) if sender.send_data(Bytes::from_static(b":\n\n")).await.is_err() => return,
                Err(_) => {}
            }
        }
    }
}

impl Tab {
    /// What is new for the page in a view: first the page itself.
    fn events(&mut self, shown: &Shown) -> Vec<String> {
        let mut events = Vec::new();
        let view = &shown.view;
        let mut failure = None;
        match page::find(view, &self.page) {
            Found::Page(html) => events.extend(self.page_event(&html, false)),
            // An error may have taken the page away; then the last good one stays until the error is gone.
            Found::Missing(_) if view.errors.count > 0 && !self.is_missing => {}
            Found::Missing(html) => events.extend(self.page_event(&html, true)),
            Found::Failed(text) => {
                let failed = Problem { text, place: None };
                failure = (!view.errors.first.contains(&failed)).then_some(failed);
            }
            Found::File(_) | Found::Moved(_) | Found::Nothing => {}
        }
        let status = self.status_of(view, failure.as_ref());
        if self.status != status {
            events.push(event("status", &status));
            self.status = status;
        }
        let source = place(shown, &self.page, "").filter(|_| self.is_near).unwrap_or(Value::Null);
        if self.source != source {
            events.push(event("source", &source));
            self.source = source;
        }
        let changed = self.changed_assets(shown);
        if !changed.is_empty() {
            events.push(event("assets", &Value::Object(changed)));
        }
        events
    }

    fn changed_assets(&mut self, shown: &Shown) -> serde_json::Map<String, Value> {
        let mut changed = serde_json::Map::new();
        for (path, version) in &shown.assets {
            let before = self.assets.insert(path.clone(), version.clone());
            // What the page had not loaded before, it loads in its newest version.
            if before.is_some_and(|before| before != *version) {
                changed.insert(path.clone(), json!(version));
            }
        }
        changed
    }

    fn page_event(&mut self, html: &[u8], is_missing: bool) -> Option<String> {
        self.is_missing = is_missing;
        let version = page::version(html);
        if self.version == version {
            return None;
        }
        self.version.clone_from(&version);
        let page = json!({ "html": String::from_utf8_lossy(html), "version": version });
        Some(format!("id: {version}\n{}", event("page", &page)))
    }

    fn status_of(&self, view: &View, failure: Option<&Problem>) -> Value {
        let errors = view.errors.count + usize::from(failure.is_some());
        if !self.is_near {
            // What problems quote may be meant for the author alone.
            let text = "Something is wrong; the terminal of the server says what.";
            let errors = if errors > 0 { vec![json!({ "text": text })] } else { Vec::new() };
            return json!({ "errors": errors, "error_count": errors.len(), "warnings": [], "warning_count": 0 });
        }
        let shown = |problem: &Problem| match &problem.place {
            Some((file, line, column)) => {
                let href = editor::link(view.editor, &view.root.join(file.as_str()), *line, *column);
                json!({ "text": problem.text, "file": file.as_str(), "line": line, "column": column, "href": href })
            }
            None => json!({ "text": problem.text }),
        };
        let first_errors: Vec<Value> = failure.into_iter().chain(&view.errors.first).map(shown).collect();
        let first_warnings: Vec<Value> = view.warnings.first.iter().map(shown).collect();
        json!({
            "errors": first_errors, "error_count": errors,
            "warnings": first_warnings, "warning_count": view.warnings.count,
        })
    }
}

fn event(name: &str, data: &Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}
