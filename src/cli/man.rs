//! `leverbook man`

use clap::CommandFactory;

use super::args::{Args, Man};
use super::print::Terminal;
use super::scaffold::make_folder;
use super::{CliError, Exit};

pub(super) fn run(args: &Man, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let command = Args::command();
    if let Some(folder) = &args.folder {
        let failed = |error| {
            CliError::Message(format!("cannot write manual pages into {}: {error}", folder.display()))
        };
        make_folder(folder)?;
        clap_mangen::generate_to(command, folder).map_err(failed)?;
        return Ok(Exit::Done);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    terminal.raw(&page)?;
    Ok(Exit::Done)
}
