//! HTTP and live reload: a site in memory, shown to browsers that learn of every change.
//!
//! In comes one [`View`] after another; out go answers to requests, and to every open page what has changed on it. Pages are
//! rendered when somebody asks for them; the page that is open is rendered first. What has changed on disk, and how a
//! site is made, is not known here; no file is looked up by a name from outside, for only the site's own paths are known.
//!
//! Whoever can reach the server may read the site of its edition. So it listens to this machine alone unless it is told otherwise,
//! and a page of somebody else, open in the same browser, gets nothing from it: see `guard`.

mod editor;
mod guard;
mod http;
mod live;
mod page;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::config::Editor;
use crate::site::Site;
use crate::source::SourceId;

/// Opens a file at a line and a column, from 1; the text says why that failed.
pub type Open = Box<dyn Fn(&Path, usize, usize) -> Result<(), String> + Send + Sync>;

/// A running server. It ends with the program.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// What browsers are shown.
#[derive(Clone)]
pub struct View {
    /// The last good site; `None` if there was none yet.
    pub site: Option<Arc<Site>>,
    /// What stands over the page until it is put right.
    pub errors: Problems,
    /// What is worth a word at the edge of the page.
    pub warnings: Problems,
    /// The project's folder, absolute.
    pub root: PathBuf,
    /// What opens a note.
    pub editor: Editor,
    /// Style sheets, scripts or pictures may be other ones than in the view before.
    pub assets_changed: bool,
}

/// Problems of one weight.
#[derive(Clone, Default)]
pub struct Problems {
    /// The first of them.
    pub first: Vec<Problem>,
    /// How many there are in all.
    pub count: usize,
}

/// A problem as it is shown over a page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// As in the terminal, without colour.
    pub text: String,
    /// Where it is: the file, and line and column from 1.
    pub place: Option<(SourceId, usize, usize)>,
}

/// What all connections share.
struct Shared {
    views: watch::Sender<Option<Arc<Shown>>>,
    address: SocketAddr,
    /// Whoever wants to have a file opened must know it; only pages of this server are told.
    token: String,
    open: Open,
    /// The files beside pages that some browser has loaded, and their versions.
    loaded: Mutex<BTreeMap<String, String>>,
}

/// A view, and the versions of the files beside pages that open pages may have to load anew.
struct Shown {
    view: View,
    assets: BTreeMap<String, String>,
}

impl Server {
    /// Begins to listen. Requests wait for the first view.
    ///
    /// # Errors
    /// The address cannot be used.
    pub fn start(address: SocketAddr, open: Open) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(8).build()?;
        let (views, _) = watch::channel(None);
        let shared =
            Arc::new(Shared { views, address, token: token(), open, loaded: Mutex::new(BTreeMap::new()) });
        let accepted = Arc::clone(&shared);
        std::thread::Builder::new().name("http".to_owned()).spawn(move || {
            runtime.block_on(async {
                if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
                    http::accept(listener, accepted).await;
                }
            });
        })?;
        Ok(Self { address, shared })
    }

    /// Where it listens; the port is the real one.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Shows another view from now on, and tells open pages.
    pub fn show(&self, view: View) {
        let before = self.shared.views.borrow().clone();
        let assets = match before {
            Some(before) if !view.assets_changed => before.assets.clone(),
            _ => self.shared.assets(view.site.as_deref()),
        };
        self.shared.views.send_replace(Some(Arc::new(Shown { view, assets })));
    }
}

impl Shared {
    /// The versions of the files beside pages that some browser has loaded.
    fn assets(&self, site: Option<&Site>) -> BTreeMap<String, String> {
        let mut loaded = self.loaded();
        if let Some(site) = site {
            for (path, version) in loaded.iter_mut() {
                if let Ok(bytes) = site.render(path) {
                    *version = page::version(&bytes);
                }
            }
        }
        loaded.clone()
    }

    fn loaded(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A word that nobody can guess: the standard library seeds its hashers from the system's source of randomness.
fn token() -> String {
    let word = || RandomState::new().hash_one("leverbook");
    blake3::hash(format!("{:x} {:x} {:x}", word(), word(), word()).as_bytes()).to_hex()[..32].to_owned()
}
