//! Requests by hand: what is answered, and what is refused.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::{Served, encoded, project, without_script};
use crate::project::Project;

#[test]
fn the_site_is_served_as_a_build_would_write_it() {
    let served = Served::new(project());
    served.settled("at the start");
    let page = served.get("notes/harbour-call.html");
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert_ne!(
        without_script(&page.body),
        page.body,
        "a served page has the script that keeps it up to date"
    );
    assert!(page.text().contains("default-src 'none'; script-src 'self'"), "the strict policy stays");
    for (path, kind) in [
        ("assets/book.css", "text/css; charset=utf-8"),
        ("assets/book.js", "text/javascript; charset=utf-8"),
        ("assets/icon.svg", "image/svg+xml"),
        ("data/playbook.json", "application/json"),
        (".leverbook/live.js", "text/javascript; charset=utf-8"),
    ] {
        let answer = served.get(path);
        assert_eq!((answer.status, answer.header("content-type")), (200, kind), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
    }
    assert_eq!(served.get("").body, served.get("index.html").body.replace_page("index.html", ""));
    assert_eq!(served.get("principles/").status, 200);
    let moved = served.get("principles");
    assert_eq!((moved.status, moved.header("location")), (308, "/principles/index.html"));
}

/// The root and its page differ only in the path that the script is told.
trait ReplacePage {
    fn replace_page(self, from: &str, to: &str) -> Vec<u8>;
}

impl ReplacePage for Vec<u8> {
    fn replace_page(self, from: &str, to: &str) -> Vec<u8> {
        let page = |path: &str| format!("data-page=\"{path}\"");
        String::from_utf8(self).expect("UTF-8").replace(&page(from), &page(to)).into_bytes()
    }
}

#[test]
fn a_browser_that_has_a_file_is_told_so() {
    let served = Served::new(project());
    let first = served.get("assets/book.css");
    let tag = first.header("etag").to_owned();
    assert!(!tag.is_empty());
    let again = served.ask("GET", "/assets/book.css", &[&format!("If-None-Match: {tag}")]);
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(served.ask("GET", "/assets/book.css", &["If-None-Match: \"other\""]).status, 200);
    let head = served.ask("HEAD", "/assets/book.css", &[]);
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), first.body.len().to_string());
}

#[test]
fn an_address_that_leads_nowhere_has_a_page_with_its_style_at_any_depth() {
    let project = project();
    project.write("leverbook.toml", "[playbook]\nbase_url = \"https://host.example/some/where/\"\n");
    let served = Served::new(project);
    for path in ["nowhere.html", "a/b/c/d", "notes/harbour-nobody.html", "404.html", "%22%3E%3Cscript%3E"] {
        let answer = served.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text().contains("href=\"/assets/book.css\""), "{path}: {}", answer.text());
        assert!(!answer.text().contains("><script>"), "{path}");
    }
    assert_eq!(served.get("content/leverage.md").status, 404);
    assert_eq!(served.get("leverbook.toml").status, 404);
}

#[test]
fn no_path_leads_out_of_the_site_and_no_folder_is_listed() {
    let project = project();
    project.write("secret.txt", "the reservation price");
    project.write("content/harbour/.hidden.txt", "the reservation price");
    let served = Served::new(project);
    for target in [
        "/../secret.txt",
        "/notes/../../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/.%2e/secret.txt",
        "/%252e%252e/secret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/notes/%00/../secret.txt",
        "/secret.txt",
        "/secret.txt%00.html",
        "//secret.txt",
        "/./secret.txt",
        "/%c0%ae%c0%ae/secret.txt",
        "/content/harbour/.hidden.txt",
        "/harbour/.hidden.txt",
        "/.leverbook/../secret.txt",
        "/.leverbook/",
        "/.leverbook/nothing",
        "/notes",
        "/notes/harbour/",
        "/assets/",
        "secret.txt",
        "file:///secret.txt",
        "*",
    ] {
        let answer = served.send(
            format!("GET {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", served.address)
                .as_bytes(),
        );
        assert!(!answer.text().contains("reservation"), "{target}");
        let is_index = target == "/notes" && answer.header("location") == "/notes/index.html";
        assert!(answer.status >= 400 || is_index, "{target}: {answer:?}");
    }
}

#[test]
fn foreign_names_and_foreign_pages_get_nothing() {
    let served = Served::new(project());
    let port = served.address.port();
    let with_host = |host: &str| {
        served.send(format!("GET /index.html HTTP/1.1\r\n{host}Connection: close\r\n\r\n").as_bytes())
    };
    for host in [
        "",
        "Host: evil.example\r\n",
        "Host: localhost.evil.example\r\n",
        "Host: 127.0.0.1.evil.example\r\n",
        "Host: 192.168.0.1\r\n",
        "Host: \r\n",
        "Host: localhost\r\nHost: evil.example\r\n",
        "Host: localhost@evil.example\r\n",
    ] {
        let answer = with_host(host);
        assert!(answer.status == 403 || answer.status == 400, "{host}: {}", answer.status);
        assert!(!answer.text().contains("<html"), "{host}");
    }
    for host in [
        format!("localhost:{port}"),
        format!("LocalHost:{port}"),
        format!("127.0.0.1:{port}"),
        "localhost".to_owned(),
    ] {
        assert_eq!(with_host(&format!("Host: {host}\r\n")).status, 200, "{host}");
    }
    let absolute = |name: &str| {
        let request =
            format!("GET http://{name}/index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        served.send(request.as_bytes()).status
    };
    assert_eq!((absolute("evil.example"), absolute("localhost")), (403, 200));

    let asked = |headers: &[&str]| served.ask("GET", "/assets/search/head.js", headers);
    assert_eq!(asked(&[]).status, 200);
    for headers in [
        &["Origin: https://evil.example"][..],
        &["Origin: null"],
        &["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: script"],
        &["Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors"],
    ] {
        let answer = asked(headers);
        assert_eq!(answer.status, 403, "{headers:?}");
        assert!(!answer.text().contains("leverbookNames"), "{headers:?}");
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
}

#[test]
fn nothing_can_be_changed() {
    let served = Served::new(project());
    let before = served.project.traces("content");
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "BREW"] {
        let own = format!("Origin: http://{}", served.address);
        let answer = served.ask(method, "/index.html", &["Content-Length: 0", &own]);
        assert_eq!((answer.status, answer.header("allow")), (405, "get, head"), "{method}");
    }
    assert_eq!(served.ask("CONNECT", "evil.example:80", &[]).status, 403);
    assert_eq!(served.project.traces("content"), before);
}

#[test]
fn only_pages_of_the_server_can_have_a_note_opened_and_no_other_file() {
    let project = project();
    project.write("secret.txt", "x");
    project.write(
        "editor",
        "#!/bin/sh\nprintf '%s\\n' \"$@\" > \"$(dirname \"$0\")/opened.part\"\nmv \"$(dirname \"$0\")/opened.part\" \"$(dirname \"$0\")/opened\"\n",
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(project.path("editor"), mode).expect("it can be made a program");
    }
    project.write("leverbook.toml", "[serve]\neditor = \"$EDITOR\"\n");
    let editor = project.path("editor").display().to_string();
    let served = Served::with(project, &["--port", "0"], &[("EDITOR", &editor)]);
    let own = format!("Origin: http://{}", served.address);
    let token = token(&served);
    let open = |headers: &[&str], body: &str| {
        let length = format!("Content-Length: {}", body.len());
        let headers: String =
            headers.iter().chain(&[length.as_str()]).map(|header| format!("{header}\r\n")).collect();
        let request = format!(
            "POST /.leverbook/open HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}\r\n{body}",
            served.address
        );
        served.send(request.as_bytes()).status
    };
    let wish = format!("{{\"token\":\"{token}\",\"page\":\"notes/harbour-call.html\",\"anchor\":\"L9\"}}");
    assert_eq!(open(&[], &wish), 403, "without an origin");
    assert_eq!(open(&["Origin: https://evil.example"], &wish), 403);
    assert_eq!(open(&[&own], &wish.replace(&token, "00000000000000000000000000000000")), 403);
    assert_eq!(open(&[&own], "{\"page\":\"notes/harbour-call.html\"}"), 403);
    assert_eq!(open(&[&own], &format!("{{\"token\":\"{token}\",\"page\":\"../secret.txt\"}}")), 404);
    assert_eq!(open(&[&own], &format!("{{\"token\":\"{token}\",\"file\":\"secret.txt\",\"line\":1}}")), 404);
    assert_eq!(open(&[&own], "no JSON"), 400);
    assert_eq!(open(&[&own], &"x".repeat(1 << 20)), 400, "too long");
    assert_eq!(served.ask("GET", "/.leverbook/open", &[]).status, 405);
    assert!(!served.project.path("opened").exists());
    assert_eq!(open(&[&own], &wish), 200);
    let start = std::time::Instant::now();
    while !served.project.path("opened").exists() {
        assert!(start.elapsed() < super::BOUND, "the editor is never started");
        std::thread::sleep(Duration::from_millis(10));
    }
    let call = served.project.path("content/harbour/call.md").canonicalize().expect("it is there");
    assert_eq!(served.project.read("opened"), format!("+9\n{}\n", call.display()));
}

/// The word that a page of the server is told.
fn token(served: &Served) -> String {
    let mut stream = events(served, "notes/harbour-call.html", "");
    let hello = until_event(&mut stream, "hello");
    hello["token"].as_str().expect("a token").to_owned()
}

/// Listens as an open page does.
pub(super) fn events(served: &Served, page: &str, version: &str) -> TcpStream {
    let mut stream = served.connect();
    let page = encoded(page);
    write!(
        stream,
        "GET /.leverbook/events?page={page}&version={version} HTTP/1.1\r\nHost: {}\r\n\r\n",
        served.address
    )
    .expect("it can be sent");
    stream
}

/// Reads to the next event of a kind, and gives what it says.
pub(super) fn until_event(stream: &mut TcpStream, name: &str) -> serde_json::Value {
    let mut bytes = Vec::new();
    let mut byte = [0];
    let wanted = format!("event: {name}\ndata: ");
    loop {
        assert_eq!(stream.read(&mut byte).expect("events come"), 1, "the stream ends");
        bytes.push(byte[0]);
        if bytes.ends_with(b"\n\n") {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some((_, data)) = text.split_once(&wanted) {
                return serde_json::from_str(data.trim()).expect("events are JSON");
            }
            bytes.clear();
        }
    }
}

#[test]
fn everything_that_is_linked_can_be_traced_to_its_line() {
    let served = Served::new(project());
    let source = |page: &str, anchor: &str| {
        let answer = served.get(&format!(".leverbook/source?page={page}&anchor={anchor}"));
        (answer.status == 200)
            .then(|| serde_json::from_slice::<serde_json::Value>(&answer.body).expect("JSON"))
    };
    let call = source("notes/harbour-call.html", "m_1").expect("it is known");
    assert_eq!((call["file"].as_str(), call["line"].as_u64()), (Some("content/harbour/call.md"), Some(9)));
    let path = served.project.path("content/harbour/call.md").canonicalize().expect("it is there");
    let href = call["href"].as_str().expect("an address");
    assert!(href.starts_with("vscode://file/") && href.contains(&format!("{}:9:", path.display())), "{href}");
    let line = |page: &str, anchor: &str| {
        source(page, anchor).map(|place| (place["file"].clone(), place["line"].clone()))
    };
    assert_eq!(line("notes/harbour-call.html", "L14"), Some(("content/harbour/call.md".into(), 14.into())));
    assert_eq!(line("notes/harbour-call.html", ""), Some(("content/harbour/call.md".into(), 1.into())));
    assert_eq!(line("principles/timing.html", ""), Some(("content/leverage.md".into(), 3.into())));
    assert_eq!(line("deals/harbour.html", ""), Some(("content/harbour/visit.md".into(), 1.into())));
    for page in ["matrix.html", "assets/book.css", "nowhere.html", "../secret.txt", ""] {
        assert_eq!(line(page, ""), None, "{page}");
    }
}

#[test]
fn what_is_too_long_is_refused() {
    let served = Served::new(project());
    let long = "x".repeat(100_000);
    let header = served.ask("GET", "/index.html", &[&format!("X-Long: {long}")]);
    assert_eq!(header.status, 431);
    let target = served.ask("GET", &format!("/{long}"), &[]);
    assert!(target.status == 414 || target.status == 431, "{}", target.status);
    let many: Vec<String> = (0..500).map(|number| format!("X-{number}: x")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(served.ask("GET", "/index.html", &many).status, 431);
    for nonsense in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"[..],
        b"GET\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"GET /index.html HTTP/9.9\r\n\r\n",
    ] {
        let answer = served.send(nonsense);
        assert!(answer.status >= 400, "{answer:?}");
    }
    assert_eq!(served.get("index.html").status, 200, "it is still there");
}

#[test]
fn slow_and_broken_clients_stop_nobody() {
    let served = Served::new(project());
    let mut slow = Vec::new();
    for number in 0..300 {
        let mut stream = served.connect();
        match number % 4 {
            0 => {}
            1 => stream.write_all(b"GET /index.html HTTP/1.1\r\nHost: loc").expect("it can be sent"),
            // Asks for much, and reads nothing.
            2 => write!(stream, "GET /assets/book.css HTTP/1.1\r\nHost: {}\r\n\r\n", served.address).expect("it can be sent"),
            _ => write!(stream, "POST /.leverbook/open HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\nContent-Length: 99\r\n\r\n{{", served.address).expect("it can be sent"),
        }
        slow.push(stream);
        if number % 50 == 0 {
            assert_eq!(served.get("index.html").status, 200, "after {number} slow ones");
        }
    }
    // Those that came last are still there and answered in the end.
    let mut last = slow.pop().expect("there are some");
    last.set_read_timeout(Some(super::BOUND)).expect("a time limit");
    let mut first = [0; 12];
    last.read_exact(&mut first).expect("a request that never ends is refused after a while");
    assert_eq!(&first, b"HTTP/1.1 400");
    drop(slow);
    assert_eq!(served.get("index.html").status, 200);
}

#[test]
fn another_address_needs_a_word_and_gets_a_warning() {
    let served = Served::with(Project::with::<&str>(&[]), &["--port", "0", "--bind", "127.0.0.1"], &[]);
    assert!(served.address.ip().is_loopback() && served.address.port() != 0);
    let project = project();
    project.write(
        "content/harbour/broken.md",
        "---\ndeal: [x\nvisibility: private\nreservation: 41\n---\nSecret.\n",
    );
    let mut command = project.command(["serve", "--port", "0", "--bind", "0.0.0.0"]);
    let mut process = command.stderr(std::process::Stdio::piped()).spawn().expect("it starts");
    let mut said = String::new();
    let mut stderr = process.stderr.take().expect("it is piped");
    let mut buffer = [0; 4096];
    while !said.contains("http://") {
        let read = stderr.read(&mut buffer).expect("it says something");
        assert!(read > 0, "{said}");
        said.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    let _ = process.kill();
    let _ = process.wait();
    assert!(said.contains("warning: everybody who can reach 0.0.0.0:"), "{said}");
    assert!(said.contains("http://127.0.0.1:"), "{said}");

    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let run = project.run(["serve", "--port", &port]).ends(2);
    assert!(run.stderr.contains("cannot listen at") && run.stderr.contains("--port 0"), "{run}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_at_once_and_leaves_nothing_behind() {
    for (command, ready) in [("serve", "Serving"), ("watch", "Built")] {
        let project = project();
        let before = crate::project::files(project.root());
        let mut arguments = vec![command];
        if command == "serve" {
            arguments.extend(["--port", "0"]);
        }
        let mut process =
            project.command(&arguments).stderr(std::process::Stdio::piped()).spawn().expect("it starts");
        let mut lines =
            std::io::BufRead::lines(std::io::BufReader::new(process.stderr.take().expect("it is piped")));
        assert!(lines.any(|line| line.is_ok_and(|line| line.contains(ready))));
        project.write("content/harbour/new.md", "# New");
        std::process::Command::new("kill")
            .args(["-INT", &process.id().to_string()])
            .status()
            .expect("signals can be sent");
        assert_eq!(process.wait().expect("it ends").code(), Some(130), "{command}");
        let mut after = crate::project::files(project.root());
        after.retain(|path, _| !path.starts_with("site/") && path != "content/harbour/new.md");
        assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "{command}");
    }
}
