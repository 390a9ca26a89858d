//! The repository's own playbook in a real browser: Chromium, driven through chromedriver.
//!
//! Nothing here leaves the machine: the browser cannot resolve any name, and every port is the system's choice.
#![allow(clippy::disallowed_methods, reason = "a driver is started, and pages are served from a folder")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::future::Future;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use fantoccini::error::NewSessionError;
use fantoccini::key::Key;
use fantoccini::wd::{PrintConfigurationBuilder, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use url::Url;

use crate::markup;
use crate::project::{self, Files, Project, Run};

/// What a developer has to do when the browser is not there; skipping would hide that nothing was tested.
const MISSING: &str = "run tests/run, which installs chromium";

/// How long a page may take for what it does after a key press, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a driver or a browser that does not come up is started anew.
const ATTEMPTS: usize = 10;

/// What every page is asked for.
const LOOK: &str = r#"
const text = (node) => {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeType !== Node.ELEMENT_NODE) return '';
  // Buttons are there for the script only; all else must be there without it.
  if (node.matches('button, output, [data-js], [role=status]') || getComputedStyle(node).display === 'none') return '';
  return [...node.childNodes].map(text).join(' ');
};
const attributes = ['href', 'src', 'poster', 'action', 'data'];
const root = document.documentElement;
return {
  title: document.title,
  language: root.lang,
  headings: document.querySelectorAll('h1').length,
  mains: document.querySelectorAll('main').length,
  policy: document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.content ?? '',
  too_wide: root.scrollWidth - root.clientWidth,
  ids: [...document.querySelectorAll('[id]')].map((element) => element.id),
  addresses: attributes.flatMap((name) =>
    [...document.querySelectorAll(`[${name}]`)].map((element) => element.getAttribute(name))),
  text: text(document.querySelector('main') ?? document.body).split(/\s+/).join(' ').trim(),
};
"#;

/// A running chromedriver; it ends with its browsers when the value goes, also while a test panics.
struct Driver {
    process: Child,
    port: u16,
}

/// A browser with one window.
pub(crate) struct Browser {
    pub(crate) client: Client,
    // After the client, so that the session is still there while the client says good-bye.
    _driver: Driver,
}

/// What a page said about itself.
#[derive(Debug)]
struct Look {
    title: String,
    language: String,
    headings: u64,
    mains: u64,
    policy: String,
    too_wide: i64,
    ids: Vec<String>,
    addresses: Vec<String>,
    text: String,
}

/// A command that only Chromium's driver knows.
#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: Value,
}

/// A static host on a port of the system's choice, which serves a folder below a path.
struct Host {
    address: SocketAddr,
    refused: Arc<Mutex<Vec<String>>>,
}

impl Driver {
    /// Starts a driver. It takes one port twice, once in each family of addresses, and gives up where another
    /// program has just got the second one: then the next try has another port.
    fn start() -> Self {
        let mut said = Vec::new();
        for _ in 0..ATTEMPTS {
            match Self::try_start() {
                Ok(driver) => return driver,
                Err(lines) => said = lines,
            }
        }
        panic!("chromedriver never says its port, only {said:#?}");
    }

    /// A driver, or what it said instead of its port.
    fn try_start() -> Result<Self, Vec<String>> {
        let program = installed(&["chromedriver"]);
        let mut process = Command::new(program)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let mut lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        let mut said = Vec::new();
        for line in lines.by_ref().map_while(Result::ok) {
            let port =
                line.split_once("successfully on port ").map(|(_, port)| port.trim_end_matches('.').parse());
            if let Some(Ok(port)) = port {
                // Read on, or a talkative driver would wait for somebody to empty the pipe.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(Self { process, port });
            }
            said.push(line);
        }
        let _ = process.kill();
        let _ = process.wait();
        Err(said)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The driver closes its browsers when it is asked to go; killed, it would leave them behind.
        let ask = || -> std::io::Result<()> {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
            let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            stream.write_all(b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
            stream.read_to_end(&mut Vec::new()).map(drop)
        };
        let _ = ask();
        for _ in 0..50 {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Browser {
    pub(crate) async fn start() -> Self {
        let mut error = None;
        for _ in 0..ATTEMPTS {
            match Self::try_start().await {
                Ok(browser) => return browser,
                Err(reason) => error = Some(reason),
            }
        }
        panic!("the browser does not start: {error:?}");
    }

    async fn try_start() -> Result<Self, NewSessionError> {
        let driver = Driver::start();
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-extensions",
            "--no-first-run",
            "--window-size=1280,900",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ];
        let capabilities = json!({
            "browserName": "chrome",
            // A dialog that a script of a note opens must stay, to be found.
            "unhandledPromptBehavior": "ignore",
            "goog:chromeOptions": { "binary": installed(&["chromium", "chromium-browser"]), "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("it is an object") };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", driver.port))
            .await?;
        Ok(Self { client, _driver: driver })
    }

    pub(crate) async fn open(&self, url: &Url) {
        self.client.goto(url.as_str()).await.unwrap_or_else(|error| panic!("{url} does not open: {error}"));
    }

    pub(crate) async fn script(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    async fn look(&self) -> Look {
        let look = self.script(LOOK).await;
        let text = |name: &str| look[name].as_str().expect("a text").to_owned();
        let number = |name: &str| look[name].as_u64().expect("a number");
        let list = |name: &str| {
            let items = look[name].as_array().expect("a list").iter();
            items.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Look {
            title: text("title"),
            language: text("language"),
            headings: number("headings"),
            mains: number("mains"),
            policy: text("policy"),
            too_wide: look["too_wide"].as_i64().expect("a number"),
            ids: list("ids"),
            addresses: list("addresses"),
            text: text("text"),
        }
    }

    /// Presses keys wherever the focus is.
    pub(crate) async fn press(&self, keys: &str) {
        let focused = self.client.active_element().await.expect("something has the focus");
        focused.send_keys(keys).await.expect("keys can be pressed");
    }

    pub(crate) async fn click(&self, selector: &str) {
        let element = self.client.find(Locator::Css(selector)).await;
        let element = element.unwrap_or_else(|error| panic!("there is no {selector}: {error}"));
        element.click().await.unwrap_or_else(|error| panic!("{selector} cannot be clicked: {error}"));
    }

    /// Waits until a script gives true.
    pub(crate) async fn until(&self, what: &str, script: &str) {
        let start = Instant::now();
        loop {
            // While a page gives way to the next one a script may fail.
            let seen = self.client.execute(script, Vec::new()).await;
            if matches!(seen, Ok(Value::Bool(true))) {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "{what}: {script} gives {seen:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Speaks to the browser below the driver's own language.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        let result = self.client.issue_cmd(Extension { path: "goog/cdp/execute", body }).await;
        result.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    async fn width(&self, width: u32) {
        let metrics = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    async fn dark(&self) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": "dark" }] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    async fn logged(&self, kind: &str) -> Vec<Value> {
        let command = Extension { path: "se/log", body: json!({ "type": kind }) };
        let entries = self.client.issue_cmd(command).await.expect("the driver keeps a log");
        entries.as_array().expect("a list").clone()
    }

    /// What the browser complained about, refused scripts and missing files included.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let entries = self.logged("browser").await;
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        severe.map(|entry| entry["message"].to_string()).collect()
    }

    /// Every address that the browser asked for.
    async fn requests(&self) -> Vec<String> {
        let mut urls = Vec::new();
        for entry in self.logged("performance").await {
            let message: Value = serde_json::from_str(entry["message"].as_str().unwrap_or_default())
                .expect("entries of this log are JSON");
            let message = &message["message"];
            if message["method"] == "Network.requestWillBeSent" {
                urls.extend(message["params"]["request"]["url"].as_str().map(str::to_owned));
            }
        }
        urls
    }

    /// The page on paper.
    async fn print(&self) -> Vec<u8> {
        let sheet = PrintConfigurationBuilder::default().background(true).build().expect("a sheet of paper");
        self.client.print(sheet).await.expect("the page prints")
    }

    /// Fails unless the open page is one sheet of A4.
    async fn prints_one_sheet(&self, path: &str) {
        let folder = Project::empty();
        folder.write("brief.pdf", self.print().await);
        let about =
            Run::of(Command::new(installed(&["pdfinfo"])).arg(folder.path("brief.pdf"))).ends(0).stdout;
        let value =
            |name: &str| about.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
        assert_eq!(value("Pages:"), "1", "{path} needs more than one sheet");
        assert!(value("Page size:").contains("A4"), "{path} is not made for A4: {about}");
    }

    /// Fails if the browser complained or asked anybody else.
    async fn was_content(&self, home: &str) {
        let mut complaints = self.complaints().await;
        // A host may forbid the few rules that the page for missing addresses brings along; it is whole without them.
        complaints
            .retain(|complaint| !(complaint.contains("/404.html") && complaint.contains("inline style")));
        assert_eq!(complaints, Vec::<String>::new(), "the browser complains");
        let requests = self.requests().await;
        assert!(!requests.is_empty(), "the log of requests is kept");
        let elsewhere: Vec<_> = requests.iter().filter(|url| !url.starts_with(home)).collect();
        assert!(elsewhere.is_empty(), "asked elsewhere than {home}: {elsewhere:?}");
    }
}

impl Look {
    /// What every page owes its reader.
    fn check(&self, path: &str) {
        assert!(!self.title.trim().is_empty(), "{path} has no title");
        assert!(!self.language.is_empty(), "{path} names no language");
        assert_eq!((self.headings, self.mains), (1, 1), "{path}: one h1 and one main");
        assert!(self.policy.contains("default-src 'none'"), "{path} has no strict policy: {}", self.policy);
        assert!(self.too_wide <= 0, "{path} is {} pixels too wide", self.too_wide);
        let ids: BTreeSet<_> = self.ids.iter().collect();
        assert_eq!(ids.len(), self.ids.len(), "{path}: an id stands twice in {:?}", self.ids);
        assert!(!self.text.is_empty(), "{path} is empty");
    }
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _url: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

impl Host {
    /// Serves a folder below `/some/where/` until the test program ends.
    fn serve(folder: &Path) -> Self {
        Self::answering(folder, false)
    }

    /// The same for a host that shows the site's own page where there is none, and sends no policy of its own.
    fn with_missing_page(folder: &Path) -> Self {
        Self::answering(folder, true)
    }

    fn answering(folder: &Path, shows_missing: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("it has an address");
        let refused = Arc::new(Mutex::new(Vec::new()));
        let (folder, log) = (folder.to_path_buf(), Arc::clone(&refused));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (folder, log) = (folder.clone(), Arc::clone(&log));
                std::thread::spawn(move || {
                    let _ = answer(stream, &folder, &log, shows_missing);
                });
            }
        });
        Self { address, refused }
    }

    fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}/some/where/{path}", self.address)).expect("an address")
    }
}

/// Answers one request as any static host would: with the strictest policy that a site must live with, or with the site's page for
/// what is missing.
fn answer(
    mut stream: TcpStream,
    folder: &Path,
    refused: &Mutex<Vec<String>>,
    shows_missing: bool,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    let target = first.split(' ').nth(1).unwrap_or_default();
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let below = path.strip_prefix("/some/where/").filter(|path| !path.contains(".."));
    let bytes = below.and_then(|path| fs::read(folder.join(path)).ok());
    let (status, bytes) = if let Some(bytes) = bytes {
        ("200 OK", bytes)
    } else {
        refused.lock().expect("nobody panics here").push(target.to_owned());
        let page = if shows_missing { fs::read(folder.join("404.html"))? } else { Vec::new() };
        ("404 Not Found", page)
    };
    let is_missing = status != "200 OK";
    let kind = match path.rsplit('.').next().unwrap_or_default() {
        _ if is_missing && shows_missing => "text/html; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "css" => "text/css",
        "js" => "text/javascript",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" => "image/jpeg",
        _ => "application/octet-stream",
    };
    let strict = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; \
                  connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let policy = if shows_missing { "frame-ancestors 'none'" } else { strict };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nContent-Security-Policy: {policy}\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        bytes.len()
    )?;
    stream.write_all(&bytes)
}

/// The first of these programs that is installed.
fn installed(names: &[&str]) -> PathBuf {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("{MISSING} ({} is not there)", names[0]))
}

/// The repository's playbook, built once for all tests.
fn site() -> &'static Path {
    static SITE: OnceLock<PathBuf> = OnceLock::new();
    SITE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser-site");
        let mut build = project::leverbook();
        build.arg("--root").arg(project::repository()).args(["build", "--output"]).arg(&folder);
        Run::of(&mut build).ends(0);
        folder
    })
}

fn on_disk(path: &str) -> Url {
    page(&Url::from_directory_path(site()).expect("an absolute path"), path)
}

fn pages(site: &Files) -> Vec<&str> {
    site.keys().map(String::as_str).filter(|path| project::is_kind(path, "html")).collect()
}

/// A page of each kind: the first of each folder, and all that lie in none.
fn samples(site: &Files) -> Vec<&str> {
    let mut folders = BTreeSet::new();
    pages(site)
        .into_iter()
        .filter(|path| path.rsplit_once('/').is_none_or(|(folder, _)| folders.insert(folder)))
        .collect()
}

/// Runs a test that waits for a browser; one at a time, since each of them is a whole machine's work.
pub(crate) fn run(test: impl Future<Output = ()>) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(test);
}

#[test]
fn every_page_opens_from_disk_and_every_link_leads_somewhere() {
    run(async {
        let site_files = project::files(site());
        let browser = Browser::start().await;
        let mut looks = BTreeMap::new();
        for path in pages(&site_files) {
            browser.open(&on_disk(path)).await;
            let look = browser.look().await;
            look.check(path);
            looks.insert(path, look);
        }
        browser.was_content(on_disk("").as_str()).await;
        let titles: BTreeSet<_> = looks.values().map(|look| &look.title).collect();
        assert_eq!(titles.len(), looks.len(), "two pages have the same title");
        let addresses = looks
            .iter()
            .map(|(path, look)| (*path, look.addresses.iter().map(String::as_str).collect()))
            .collect();
        let ids =
            looks.iter().map(|(path, look)| (*path, look.ids.iter().map(String::as_str).collect())).collect();
        assert_eq!(markup::dead_links(&site_files, &addresses, &ids), Vec::<String>::new());
    });
}

#[test]
fn every_page_opens_below_a_subfolder_of_a_host_on_a_narrow_screen() {
    run(async {
        let site_files = project::files(site());
        let host = Host::serve(site());
        let browser = Browser::start().await;
        browser.width(320).await;
        for path in pages(&site_files) {
            browser.open(&host.url(path)).await;
            browser.look().await.check(path);
        }
        browser.was_content(host.url("").as_str()).await;
        assert_eq!(*host.refused.lock().expect("nobody panics here"), Vec::<String>::new());
    });
}

#[test]
fn everything_can_be_read_without_script() {
    run(async {
        let site_files = project::files(site());
        let browser = Browser::start().await;
        let mut with = BTreeMap::new();
        for path in samples(&site_files) {
            browser.open(&on_disk(path)).await;
            with.insert(path, browser.look().await.text);
        }
        browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
        for (path, text) in with {
            browser.open(&on_disk(path)).await;
            assert_eq!(browser.look().await.text, text, "{path}");
            let dead = "return [...document.querySelectorAll('button')].filter((b) => b.checkVisibility({ visibilityProperty: true })).length";
            assert_eq!(browser.script(dead).await, 0, "{path} shows buttons that do nothing without script");
        }
    });
}

/// Every test of what a reader can do is done from disk and over HTTP: storage and scripts differ between the two.
async fn both_ways<F: Future<Output = ()>>(test: impl Fn(Browser, Url) -> F) {
    let host = Host::serve(site());
    test(Browser::start().await, on_disk("")).await;
    test(Browser::start().await, host.url("")).await;
}

/// A page below the site's address.
fn page(root: &Url, path: &str) -> Url {
    Url::parse(&format!("{root}{path}")).expect("an address")
}

#[test]
fn the_theme_button_switches_and_the_choice_stays() {
    run(both_ways(async |browser, root| {
        let shade = "return getComputedStyle(document.body).backgroundColor";
        browser.open(&page(&root, "index.html")).await;
        let before = browser.script(shade).await;
        browser.click("button.mode").await;
        let after = browser.script(shade).await;
        assert_ne!(before, after, "the button changes the colours");
        browser.client.refresh().await.expect("it loads again");
        assert_eq!(browser.script(shade).await, after, "the choice survives a reload");
        browser.open(&page(&root, "matrix.html")).await;
        assert_eq!(browser.script(shade).await, after, "the choice holds on other pages");
        browser.click("button.mode").await;
        assert_eq!(browser.script(shade).await, before, "the button switches back");
    }));
}

#[test]
fn a_slash_begins_a_search_and_enter_opens_what_it_finds() {
    run(both_ways(async |browser, root| {
        browser.open(&page(&root, "matrix.html")).await;
        browser.press("/").await;
        browser.until("the field has the focus", "return document.activeElement.type === 'search'").await;
        browser.press("Timing").await;
        let listed = "return [...document.querySelectorAll('#hits a')].some((a) => a.checkVisibility() && \
                      a.href.endsWith('/principles/timing.html') && a.textContent.startsWith('Timing'))";
        browser.until("the principle is listed", listed).await;
        assert_eq!(browser.script("return document.querySelector('#search').value").await, "Timing");
        browser.press(&Key::Enter.to_string()).await;
        browser.until("Enter opens it", "return location.pathname.endsWith('/principles/timing.html')").await;
        browser
            .until("it is its page", "return document.querySelector('h1')?.textContent === 'Timing'")
            .await;

        browser.press("/").await;
        browser.press("zzzz").await;
        browser
            .until(
                "nothing is found, and said so",
                "return document.querySelector('#said').textContent.startsWith('0 ')",
            )
            .await;
        browser.press(&Key::Escape.to_string()).await;
        let gone = "return document.querySelector('#search').value === '' && document.activeElement.tagName === 'MAIN'";
        browser.until("Escape clears and goes back to the page", gone).await;
        assert_eq!(browser.script("return document.querySelector('.finder').open").await, false);

        browser.press("/").await;
        browser.press("kolbrand").await;
        browser.until("deals are listed", "return document.querySelectorAll('#hits a').length > 1").await;
        browser.press(&Key::Down.to_string()).await;
        browser
            .until("arrows lead to the results", "return document.activeElement.closest('#hits') !== null")
            .await;
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    }));
}

/// Hits as kind, title and quote, from the program and from the page that is open.
async fn hits_of(browser: &Browser, query: &str) -> (Vec<String>, Vec<String>) {
    let mut command = project::leverbook();
    command.arg("--root").arg(project::repository()).args(["--format", "json", "-q", "search"]);
    command.args(["--edition", "team", "--limit", "20", "--", query]);
    let printed: Value = serde_json::from_str(&Run::of(&mut command).ends(0).stdout).expect("it is JSON");
    let printed = printed.as_array().expect("a list").iter();
    let printed =
        printed.map(|hit| format!("{} {} {} {}", hit["kind"], hit["title"], hit["quote"], hit["marks"]));
    let ask = r"
        const [query, done] = arguments;
        const kinds = ['principle', 'counterparty', 'deal', 'note'];
        const row = ({ kind, title, excerpt: { text, marks } }) =>
          [kinds[kind], title, text, marks.map(([start, end]) => text.slice(start, end))].map((part) => JSON.stringify(part)).join(' ');
        const all = async () => {
          const found = await leverbookFinder.search(query), rows = [];
          for (let isAll = false; !isAll && rows.length < 20;) {
            const next = await found.next(20 - rows.length);
            rows.push(...next.hits.map(row));
            ({ isAll } = next);
          }
          return rows;
        };
        all().then(done, (error) => done([String(error)]));
    ";
    let shown = browser.client.execute_async(ask, vec![json!(query)]).await.expect("the script answers");
    let shown = shown.as_array().expect("a list").iter().filter_map(Value::as_str).map(str::to_owned);
    (printed.collect(), shown.collect())
}

#[test]
fn the_browser_finds_what_the_program_finds() {
    run(both_ways(async |browser, root| {
        browser.open(&page(&root, "search.html?q=after")).await;
        browser.until("the search is loaded", "return typeof leverbookFinder === 'object'").await;
        let mut found = 0;
        for query in [
            "waiting time",
            "after",
            "Kolbrand",
            "kolb",
            "tmiing",
            "negotiati",
            "co",
            "\"the number\"",
            "\"on the ph",
            "outcome:won price",
            "kind:deal",
            "year:2025 offer",
            "kind:note outcome:lost year:2024-2026 the",
            "counterparty:brack",
            "principle:\"social standards\" they",
            "don't",
            "zzzz",
            "",
        ] {
            let (printed, shown) = hits_of(&browser, query).await;
            assert_eq!(printed, shown, "{query}");
            found += usize::from(!printed.is_empty());
        }
        assert!(found > 12, "only {found} of the queries find anything");
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    }));
}

#[test]
fn words_have_the_same_stems_in_the_browser() {
    run(async {
        let browser = Browser::start().await;
        browser.open(&on_disk("search.html?q=after")).await;
        browser.until("the search is loaded", "return typeof leverbookFinder === 'object'").await;
        let ask = "return arguments[0].split('\\n').map((line) => { \
                     const [text] = line.split('\\t'), forms = leverbookFinder.scan(text).map(({ form }) => form); \
                     return [text, forms.join(' '), forms.map(leverbookFinder.stemOf).join(' ')].join('\\t'); \
                   }).join('\\n')";
        let golden = crate::search::STEMS.trim_end();
        let answer = browser.client.execute(ask, vec![json!(golden)]).await.expect("the script answers");
        for (expected, actual) in golden.lines().zip(answer.as_str().expect("a text").lines()) {
            assert_eq!(actual, expected);
        }
        assert_eq!(answer.as_str().map(|text| text.lines().count()), Some(golden.lines().count()));
    });
}

#[test]
fn filters_on_the_search_page_write_their_words_into_the_query() {
    run(both_ways(async |browser, root| {
        browser.open(&page(&root, "search.html?q=price%20outcome%3Awon")).await;
        let hits = "return document.querySelectorAll('#hits a').length > 1 && !document.querySelector('#hits .oc:not(.won)')";
        browser.until("only what was won is listed", hits).await;
        let chosen = "return document.querySelector('[data-filter=outcome]').value";
        assert_eq!(browser.script(chosen).await, "won");
        assert_eq!(
            browser.script("return document.querySelector('#hits mark').textContent.toLowerCase()").await,
            "price"
        );
        let choose = "const filter = document.querySelector('[data-filter=kind]'); filter.value = 'note'; \
                      filter.dispatchEvent(new Event('change')); return document.querySelector('#search').value";
        assert_eq!(browser.script(choose).await, "price outcome:won kind:note ");
        let notes = "return [...document.querySelectorAll('#hits a')].every((a) => a.pathname.includes('/notes/')) && location.search.includes('kind%3Anote')";
        browser.until("only notes are left, and the address says so", notes).await;
        let said = "return /^\\d+ results?$/.test(document.querySelector('#said').textContent)";
        assert_eq!(browser.script(said).await, true);
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    }));
}

#[test]
fn a_question_mark_lists_the_keys() {
    run(both_ways(async |browser, root| {
        let is_open = "return document.querySelector('.help').open";
        browser.open(&page(&root, "matrix.html")).await;
        browser.script("document.querySelector('main a').focus(); return 1").await;
        browser.press("?").await;
        browser.until("the list is open", is_open).await;
        let seen = "return [...document.querySelectorAll('.help dt')].filter((key) => key.checkVisibility()).length > 8";
        assert_eq!(browser.script(seen).await, true);
        browser.press("j").await;
        assert_eq!(browser.script("return document.activeElement.closest('.help') !== null").await, true);
        browser.press(&Key::Escape.to_string()).await;
        let is_back = "return !document.querySelector('.help').open && document.activeElement === document.querySelector('main a')";
        browser.until("it closes, and the focus comes back", is_back).await;

        browser.press("?").await;
        browser.until("it opens anew", is_open).await;
        browser.press("?").await;
        browser.until("the same key closes it", is_back).await;
        browser.press("?").await;
        browser.until("it opens once more", is_open).await;
        browser.click(".help [data-keys]").await;
        browser.press(&Key::Escape.to_string()).await;
        browser.until("it closes", "return !document.querySelector('.help').open").await;

        browser.open(&page(&root, "search.html")).await;
        browser
            .script(
                "document.querySelector('h1').tabIndex = -1; document.querySelector('h1').focus(); return 1",
            )
            .await;
        browser.press("?").await;
        assert_eq!(browser.script(is_open).await, false, "single keys are off");
        browser.click("[data-help]").await;
        browser.until("the button in the foot opens the list all the same", is_open).await;
        assert_eq!(browser.script("return document.querySelector('.help [data-keys]').checked").await, false);
        browser.click(".help [data-keys]").await;
        browser.click(".help .go").await;
        browser.until("a button closes it", "return !document.querySelector('.help').open").await;
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    }));
}

#[test]
fn nothing_moves_while_a_page_loads() {
    run(async {
        let host = Host::serve(site());
        let browser = Browser::start().await;
        let moved = r"
            const [done] = arguments;
            let moved = 0;
            new PerformanceObserver((list) => { for (const entry of list.getEntries()) moved += entry.value; })
              .observe({ type: 'layout-shift', buffered: true });
            setTimeout(() => done(moved), 700);
        ";
        for width in [390, 1280] {
            browser.width(width).await;
            for path in [
                "search.html",
                "search.html?q=offer",
                "index.html",
                "review.html",
                "about.html",
                "404.html",
                "tags/index.html",
            ] {
                browser.open(&host.url(path)).await;
                if path.contains('?') {
                    browser
                        .until("it is found", "return document.querySelectorAll('#hits a').length > 3")
                        .await;
                }
                let sum = browser.client.execute_async(moved, Vec::new()).await.expect("the script answers");
                assert_eq!(sum.as_f64(), Some(0.0), "{path} at {width}");
            }
        }
    });
}

#[test]
fn the_page_for_a_missing_address_is_dressed_at_any_depth() {
    run(async {
        let look = "const { backgroundColor, fontFamily, marginTop } = getComputedStyle(document.body); \
                    return [backgroundColor, marginTop, fontFamily.includes('system-ui'), parseInt(getComputedStyle(document.querySelector('.shell')).paddingTop) > 10]";
        let browser = Browser::start().await;
        let host = Host::with_missing_page(site());
        for path in ["gone.html", "a/gone.html", "a/b/c/gone"] {
            browser.open(&host.url(path)).await;
            let seen = browser.script(look).await;
            assert_eq!(seen, json!(["rgb(251, 250, 246)", "0px", true, true]), "{path}");
            let text = browser.script("return document.querySelector('main').textContent").await;
            assert!(
                text.as_str().is_some_and(|text| text.contains("take the address apart")),
                "{path}: {text}"
            );
        }
        // With a base address all of it is found, and nothing needs to stand in the page.
        let project = Project::empty();
        project.write("content/leverage.md", "* **Timing**: Whoever can wait has the advantage.\n");
        project.write("leverbook.toml", "[playbook]\nbase_url = \"https://example.org/some/where\"\n");
        project.build("team");
        let host = Host::with_missing_page(&project.path("site"));
        for path in ["gone.html", "a/gone.html", "a/b/c/gone"] {
            browser.open(&host.url(path)).await;
            let seen = browser.script(look).await;
            assert_eq!(seen, json!(["rgb(251, 250, 246)", "0px", true, true]), "{path}");
            browser.click("main p.text a").await;
            browser
                .until("its links lead home", "return location.pathname === '/some/where/index.html'")
                .await;
        }
    });
}

#[test]
fn evidence_can_be_picked_by_outcome() {
    run(async {
        let browser = Browser::start().await;
        let mut tried = 0;
        for path in pages(&project::files(site())).into_iter().filter(|path| path.starts_with("principles/"))
        {
            browser.open(&on_disk(path)).await;
            let outcomes = "return [...document.querySelectorAll('.pick input')].map((input) => input.value)";
            let outcomes = browser.script(outcomes).await;
            let shown = "return [...document.querySelectorAll('.ev')].filter((quote) => quote.checkVisibility()).length";
            let all = browser.script(shown).await;
            for outcome in outcomes
                .as_array()
                .expect("a list")
                .iter()
                .filter_map(Value::as_str)
                .filter(|outcome| *outcome != "all")
            {
                browser.click(&format!(".pick input[value={outcome}]")).await;
                let others = format!(
                    "const shown = [...document.querySelectorAll('.ev')].filter((quote) => quote.checkVisibility()); \
                     return [shown.length, shown.filter((quote) => !quote.querySelector('.oc.{outcome}')).length]"
                );
                let seen = browser.script(&others).await;
                assert!(
                    seen[0].as_u64().is_some_and(|shown| shown > 0),
                    "{path}: {outcome} shows nothing: {seen}"
                );
                assert!(seen[0].as_u64() < all.as_u64(), "{path}: {outcome} hides nothing: {seen} of {all}");
                assert_eq!(seen[1], 0, "{path}: {outcome} shows others");
                tried += 1;
            }
            if tried > 0 {
                browser.click(".pick input[value=all]").await;
                assert_eq!(browser.script(shown).await, all, "{path}: all are back");
                break;
            }
        }
        assert!(tried > 1, "no principle of the sample can be picked by outcome");
    });
}

#[test]
fn a_tick_on_the_checklist_stays() {
    run(both_ways(async |browser, root| {
        let site_files = project::files(site());
        let has_tasks = |path: &&str| {
            path.starts_with("deals/")
                && String::from_utf8_lossy(&site_files[*path]).contains("class=\"todo\"")
        };
        let path = pages(&site_files).into_iter().find(has_tasks).expect("a deal of the sample has tasks");
        browser.open(&page(&root, path)).await;
        let ticks = "return [...document.querySelectorAll('.todo input')].map((input) => input.checked)";
        let before = browser.script(ticks).await;
        browser.click(".todo input").await;
        let after = browser.script(ticks).await;
        assert_ne!(before, after);
        browser.client.refresh().await.expect("it loads again");
        assert_eq!(browser.script(ticks).await, after, "the tick survives a reload");
    }));
}

#[test]
fn a_brief_is_one_white_sheet_also_in_a_dark_system() {
    run(async {
        let folder = Project::empty();
        let pdftoppm = installed(&["pdftoppm"]);
        let site_files = project::files(site());
        let briefs: Vec<_> =
            pages(&site_files).into_iter().filter(|path| path.starts_with("briefs/")).collect();
        assert!(briefs.len() > 3, "{briefs:?}");
        let browser = Browser::start().await;
        browser.dark().await;
        for path in briefs {
            browser.open(&on_disk(path)).await;
            browser.prints_one_sheet(path).await;
        }
        for path in ["matrix.html", "index.html", "principles/timing.html"] {
            browser.open(&on_disk(path)).await;
            let dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
            assert_eq!(browser.script(dark).await, true);
            folder.write("page.pdf", browser.print().await);
            let mut draw = Command::new(&pdftoppm);
            draw.args(["-r", "30", "-gray", "-singlefile"])
                .arg(folder.path("page.pdf"))
                .arg(folder.path("page"));
            Run::of(&mut draw).ends(0);
            let picture = fs::read(folder.path("page.pgm")).expect("it was drawn");
            let white = picture.iter().filter(|shade| **shade > 250).count();
            assert!(
                white * 10 > picture.len() * 7,
                "{path} is printed on dark paper: {white} of {}",
                picture.len()
            );
        }
    });
}

#[test]
fn odd_content_stays_readable_and_its_brief_one_sheet() {
    run(async {
        let project = crate::odd::odd();
        let site_files = project.build("author");
        let browser = Browser::start().await;
        let url =
            |path: &str| Url::from_file_path(project.path("site").join(path)).expect("an absolute path");
        let chosen: Vec<_> = pages(&site_files)
            .into_iter()
            .filter(|path| !path.starts_with("principles/principle-") || path.ends_with("-7.html"))
            .collect();
        for width in [320, 1280] {
            browser.width(width).await;
            for path in &chosen {
                browser.open(&url(path)).await;
                browser.look().await.check(path);
            }
        }
        let briefs: Vec<_> = chosen.iter().filter(|path| path.starts_with("briefs/")).collect();
        assert!(briefs.len() > 4, "{briefs:?}");
        for path in &briefs {
            browser.open(&url(path)).await;
            browser.prints_one_sheet(path).await;
        }
        browser.dark().await;
        for path in &briefs {
            browser.open(&url(path)).await;
            browser.prints_one_sheet(path).await;
        }
    });
}

#[test]
fn a_hostile_vault_does_nothing_in_a_browser() {
    run(async {
        let project = crate::safety::hostile();
        let site_files = project.build("author");
        let browser = Browser::start().await;
        // One page of each sort of markup is enough here; every page's text is checked without a browser elsewhere.
        let chosen = pages(&site_files)
            .into_iter()
            .filter(|path| !path.starts_with("notes/") || path.contains("together") || path.contains("all"));
        for path in chosen.take(80) {
            let url = Url::from_file_path(project.path("site").join(path)).expect("an absolute path");
            browser.open(&url).await;
            let look = browser.look().await;
            assert_eq!((look.headings, look.mains), (1, 1), "{path}: a note has broken out of its place");
            assert!(look.policy.contains("default-src 'none'"), "{path}");
            let alive = browser.client.get_alert_text().await;
            assert!(alive.is_err(), "{path} runs a script of a note: {alive:?}");
        }
        let root = Url::from_directory_path(project.path("site")).expect("an absolute path");
        browser.was_content(root.as_str()).await;
    });
}
