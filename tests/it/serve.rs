//! `leverbook serve`: what browsers get, who gets nothing, and how an open page follows what is saved.
#![allow(clippy::disallowed_methods, reason = "files are staged, and the server is asked from outside")]
#![allow(clippy::print_stderr, reason = "what could not be tried is said")]

mod live;
mod requests;
mod saves;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use url::Url;

use crate::project::{Files, Project};

/// A machine under load may be slow; what is missed stays missed.
const BOUND: Duration = Duration::from_secs(60);

/// A project that is served.
struct Served {
    project: Project,
    process: Child,
    address: SocketAddr,
    /// What the server says, line by line.
    said: Receiver<String>,
    /// What it said of polling before it began to serve.
    advice: Option<String>,
}

/// What the server answered.
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Served {
    fn new(project: Project) -> Self {
        Self::with(project, &["--port", "0"], &[])
    }

    fn with(project: Project, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = project.command(["serve"].iter().chain(arguments));
        command.envs(variables.iter().copied());
        Self::start(project, command)
    }

    /// Runs the server through another program.
    fn within(program: &[&str], project: Project) -> Self {
        let server = project.command(["serve", "--port", "0"]);
        let mut command = std::process::Command::new("unshare");
        command.args(program).arg(server.get_program()).args(server.get_args()).current_dir(project.root());
        Self::start(project, command)
    }

    fn start(project: Project, mut command: std::process::Command) -> Self {
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let stderr = process.stderr.take().expect("it is piped");
        let (sender, said) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut served = Self { project, process, address: ([127, 0, 0, 1], 0).into(), said, advice: None };
        let line = served.says("Serving");
        let url = line.split_whitespace().last().expect("an address");
        let address = url.strip_prefix("http://").and_then(|url| url.strip_suffix('/'));
        served.address = address.and_then(|address| address.parse().ok()).expect("an address with a port");
        served
    }

    /// Waits for a line of the server with a word in it.
    #[track_caller]
    fn says(&mut self, word: &str) -> String {
        let start = Instant::now();
        let mut before = Vec::new();
        while let Ok(line) = self.said.recv_timeout(BOUND.saturating_sub(start.elapsed())) {
            if line.contains("Polling") {
                self.advice = Some(line.clone());
            }
            if line.contains(word) {
                return line;
            }
            before.push(line);
        }
        panic!("the server never says `{word}`, only {before:#?}");
    }

    fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}/{path}", self.address)).expect("an address")
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", &format!("/{path}"), &[])
    }

    /// Sends a request with a proper `Host` and more headers.
    fn ask(&self, method: &str, target: &str, headers: &[&str]) -> Answer {
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let host = self.address;
        self.send(
            format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n")
                .as_bytes(),
        )
    }

    /// Sends bytes as they are.
    #[track_caller]
    fn send(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect();
        // A server that refuses may close before it has read everything.
        let _ = stream.write_all(request);
        Answer::read(stream)
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("the server takes connections");
        stream.set_read_timeout(Some(BOUND)).expect("a time limit");
        stream
    }

    /// Every file of a clean build, as the server gives it, without the script that only the server adds.
    fn files(&self, paths: &Files) -> Files {
        let body = |path: &String| (path.clone(), without_script(&self.get(&encoded(path)).body));
        paths.keys().map(body).collect()
    }

    /// Waits until everything that is served has the bytes of a clean build.
    #[track_caller]
    fn settled(&self, when: &str) {
        let start = Instant::now();
        loop {
            let built = built(&self.project);
            let served = self.files(&built);
            let differs = built.iter().find(|(path, bytes)| served.get(*path) != Some(*bytes));
            let Some((path, bytes)) = differs else { return };
            assert!(
                start.elapsed() < BOUND,
                "{when}: {path} is not the one of a clean build:\n{}\n-- but\n{}",
                String::from_utf8_lossy(&served[path]),
                String::from_utf8_lossy(bytes),
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until a page has, or has no longer, some text.
    #[track_caller]
    fn until(&self, path: &str, is_met: impl Fn(&Answer) -> bool) -> Answer {
        let start = Instant::now();
        loop {
            let answer = self.get(path);
            if is_met(&answer) {
                return answer;
            }
            assert!(start.elapsed() < BOUND, "{path} stays as it is: {answer:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends the server, and starts it anew at the same port.
    fn restart(mut self) -> Self {
        self.stop();
        // Another program may have got the port meanwhile, and soon gives it back.
        let start = Instant::now();
        while let Err(error) = TcpListener::bind(self.address) {
            assert!(start.elapsed() < BOUND, "{} stays taken: {error}", self.address);
            std::thread::sleep(Duration::from_millis(20));
        }
        let port = self.address.port().to_string();
        Self::with(std::mem::replace(&mut self.project, Project::empty()), &["--port", &port], &[])
    }

    fn stop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Answer {
    #[track_caller]
    fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        // A connection that is cut after the answer is no concern.
        let _ = stream.read_to_end(&mut bytes);
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(&bytes)));
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Self { status, head, body: bytes[end + 4..].to_vec() }
    }

    fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_default()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The text without tags.
    fn words(&self) -> String {
        words(&self.text())
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}\n{}", self.head, self.text())
    }
}

/// HTML without tags.
fn words(html: &str) -> String {
    let parts = html.split('<').enumerate();
    parts
        .map(
            |(index, part)| if index == 0 { part } else { part.split_once('>').map_or("", |(_, text)| text) },
        )
        .collect()
}

/// What a clean build of the project as it is now gives, without the pages that know where the site stands on its host.
fn built(project: &Project) -> Files {
    let run = project.run(["build", "-q"]);
    assert!(run.code == 0 || run.code == 1, "{run}");
    let mut files = project.site();
    files.retain(|path, _| !path.starts_with('.') && path != "404.html");
    files
}

fn without_script(bytes: &[u8]) -> Vec<u8> {
    let script = b"<script src=\"/.leverbook/live.js\"";
    let Some(start) = bytes.windows(script.len()).position(|window| window == script) else {
        return bytes.to_vec();
    };
    let length = bytes[start..].iter().position(|byte| *byte == b'\n').expect("it is a line") + 1;
    [&bytes[..start], &bytes[start + length..]].concat()
}

/// A path with everything escaped that an address must not hold.
fn encoded(path: &str) -> String {
    let mut url = Url::parse("http://localhost/").expect("an address");
    url.set_path(path);
    url.path().trim_start_matches('/').to_owned()
}

/// A project with a deal of two notes, a fold and a checklist.
fn project() -> Project {
    Project::with(&[("content/harbour/call.md", CALL), ("content/harbour/visit.md", VISIT)])
}

const CALL: &str = "\
---
deal: Harbour
counterparty: Tidewater
date: 2026-03-02
outcome: open
---
# First call

Their quarter ends on Friday and they cannot wait.

> [!note]- Folded
> What is folded.

- [ ] Bring the offer
- [ ] Ask for the index

The end of the call.
";

const VISIT: &str = "---\ndeal: Harbour\ndate: 2026-03-09\n---\n# Visit\n\nA second offer could be signed tomorrow. See [[call]].\n";

fn write_through(path: &Path, text: &str) {
    std::fs::write(path, text).expect("the file can be written");
}
