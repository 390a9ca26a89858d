//! The list of the files that leverbook has written to a folder: what makes the folder ours.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The name of the list in the output folder.
pub const FILE_NAME: &str = ".leverbook-site.json";

/// The files of a site and the BLAKE3 hashes of their bytes.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The version of this format.
    leverbook: u32,
    /// Hashes in hexadecimal, by path below the folder.
    pub(super) files: BTreeMap<String, String>,
}

impl Manifest {
    /// The list of a new site.
    pub(super) fn new(files: impl Iterator<Item = (String, String)>) -> Self {
        Self { leverbook: 1, files: files.collect() }
    }

    /// The list in a folder; `None` if the folder is not ours.
    pub(super) fn read(folder: &Path) -> Option<Self> {
        let path = folder.join(FILE_NAME);
        if !fs::symlink_metadata(&path).ok()?.is_file() {
            return None;
        }
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    /// The list as it is written: the same for the same site.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes =
            serde_json::to_vec_pretty(self).expect("texts and a number can always be written as JSON");
        bytes.push(b'\n');
        bytes
    }

    /// Whether a file of the folder is one that leverbook has written.
    pub(super) fn is_known(&self, path: &str) -> bool {
        self.files.contains_key(path) || (path == FILE_NAME && self.leverbook > 0)
    }
}
