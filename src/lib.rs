//! leverbook: from a leverage document and a vault of deal notes to a playbook.
//!
//! The modules stand in reading order, and the order is the law: a module uses those above it, never
//! those below. `ARCHITECTURE.md` tells the rest.

pub mod source;
pub mod diagnostic;
pub mod config;
pub mod vault;
pub mod markdown;
pub mod playbook;
pub mod linker;
pub mod edition;
pub mod search;
pub mod site;
pub mod engine;
pub mod output;
pub mod watch;
pub mod serve;
pub mod cli;
