//! What may stand on the command line.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// A playbook from a leverage document and deal notes.
///
/// leverbook reads the Markdown list of your negotiation principles and your deal notes, links each note to the
/// principles that it shows, says why, and builds a site that colleagues can browse.
#[derive(Parser, Debug)]
#[command(name = "leverbook", version, max_term_width = 100, after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  leverbook init                     start a playbook in this folder
  leverbook build                    build the site of this project
  leverbook serve --open             look at it while you write; an open page follows every save
  leverbook search walk away         pages that speak of it, best first
  leverbook check --strict           all problems, without writing a site
  leverbook explain deals/acme.md    why a note has its links
  leverbook brief 'Acme renewal'     the sheet to take into the meeting";

/// What every command understands.
#[derive(ClapArgs, Debug)]
pub(super) struct Global {
    /// The project's folder [default: the nearest one, upwards, with a leverbook.toml]
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,
    /// The settings file [default: leverbook.toml in the project's folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub(super) format: Format,
    /// Only errors
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// Also what is worth knowing
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
    /// Whether to use colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(super) color: Color,
}

/// How results are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[value(alias = "text")]
    Human,
    /// For programs.
    Json,
    /// To paste; only a brief has it.
    Markdown,
}

/// Whether to use colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Start a project: settings, a leverage document, sample deals
    Init(Init),
    /// Write an empty note with the right front matter
    New(New),
    /// Build the site
    Build(Build),
    /// Build the site, and build it anew whenever something is saved
    Watch(Watch),
    /// Show the site in a browser; an open page follows every save
    Serve(Serve),
    /// Show all problems without writing a site
    Check(Check),
    /// Show what was understood of the leverage document
    Principles,
    /// Show which principles the notes are linked to
    Links(Links),
    /// Find pages by their words, as the site's search does
    Search(Search),
    /// Say why a note has its links, with the scores of every principle
    Explain(Explain),
    /// Print the sheet to take into a meeting, `--format markdown` to paste it
    Brief(Brief),
    /// Show what of the site's look can be replaced, and what pages are given
    Templates(Templates),
    /// Measure the linker on labelled notes
    Eval(Eval),
    /// Print the completions for a shell
    Completions(Completions),
    /// Print the manual page
    Man(Man),
}

/// Whom the result is for.
#[derive(ClapArgs, Debug)]
pub(super) struct Selection {
    /// The audience: author, team, public, or one of the settings
    #[arg(long, value_name = "NAME", default_value = "team")]
    pub(super) edition: String,
    /// Include notes that are drafts
    #[arg(long)]
    pub(super) drafts: bool,
}

#[derive(ClapArgs, Debug)]
pub(super) struct Init {
    /// Where [default: this folder]
    pub(super) folder: Option<PathBuf>,
}

#[derive(ClapArgs, Debug)]
pub(super) struct New {
    #[command(subcommand)]
    pub(super) what: NewWhat,
}

/// What to begin.
#[derive(Subcommand, Debug)]
pub(super) enum NewWhat {
    /// A note about a deal
    Note {
        /// Its title
        title: String,
        /// The deal that it belongs to
        #[arg(long)]
        deal: Option<String>,
    },
    /// A deal: a folder with a first note that holds the deal sheet
    Deal {
        /// Its name
        name: String,
        /// Who sits on the other side
        #[arg(long)]
        counterparty: Option<String>,
    },
}

#[derive(ClapArgs, Debug)]
pub(super) struct Build {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// Where to [default: as in the settings, else site/]
    #[arg(long, short, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
    /// Fail on warnings, too
    #[arg(long)]
    pub(super) strict: bool,
}

#[derive(ClapArgs, Debug)]
pub(super) struct Watch {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// Where to [default: as in the settings, else site/]
    #[arg(long, short, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
    /// Look for changes every so many milliseconds instead of being told: for network drives
    #[arg(long, value_name = "MS", num_args = 0..=1, default_missing_value = "500")]
    pub(super) poll: Option<u64>,
}

#[derive(ClapArgs, Debug)]
pub(super) struct Serve {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// The port; 0 lets the system choose [default: 4747, or another if that is taken]
    #[arg(long, short, value_name = "N")]
    pub(super) port: Option<u16>,
    /// The address to listen at; any other than this makes the site readable for others
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    pub(super) bind: IpAddr,
    /// Open the first page in a browser
    #[arg(long)]
    pub(super) open: bool,
    /// Look for changes every so many milliseconds instead of being told: for network drives
    #[arg(long, value_name = "MS", num_args = 0..=1, default_missing_value = "500")]
    pub(super) poll: Option<u64>,
}

#[derive(ClapArgs, Debug)]
pub(super) struct Check {
    /// Fail on warnings, too
    #[arg(long)]
    pub(super) strict: bool,
    /// Only problems of this code, such as LB014
    #[arg(long, value_name = "CODE")]
    pub(super) code: Option<String>,
}

#[derive(ClapArgs, Debug)]
pub(super) struct Links {
    /// Only notes whose path is or lies below one of these [default: all]
    pub(super) paths: Vec<String>,
}

#[derive(ClapArgs, Debug)]
pub(super) struct Search {
    /// Words, "a phrase in quotes", and filters: kind:, outcome:, year:, counterparty:, principle:
    #[arg(required = true)]
    pub(super) query: Vec<String>,
    /// Whose pages: author, team, public, or one of the settings
    #[arg(long, value_name = "NAME", default_value = "author")]
    pub(super) edition: String,
    /// How many hits to show
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(super) limit: usize,
}

#[derive(ClapArgs, Debug)]
pub(super) struct Explain {
    /// The note's path, or a diagnostic's code
    pub(super) note: String,
}

#[derive(ClapArgs, Debug)]
pub(super) struct Brief {
    /// The deal's name, or a part of it that no other deal has
    pub(super) deal: String,
    #[command(flatten)]
    pub(super) selection: Selection,
}

#[derive(ClapArgs, Debug)]
pub(super) struct Templates {
    #[command(subcommand)]
    pub(super) what: TemplatesWhat,
}

/// What to show of the templates.
#[derive(Subcommand, Debug)]
pub(super) enum TemplatesWhat {
    /// List the files that a project can replace, and those that this one replaces
    List,
    /// Print a built-in file, to begin your own with
    Show {
        /// Its path, such as pages/deal.html, or its name if no other file has it
        name: String,
    },
    /// Say what the template of a page is given, with examples from this project
    Context {
        /// The page: deal, principle, note ..., or the path of one in the site, such as deals/acme.html
        page: String,
        /// Whose site the examples are from: author, team, public, or one of the settings
        #[arg(long, value_name = "NAME", default_value = "author")]
        edition: String,
    },
}

#[derive(ClapArgs, Debug)]
pub(super) struct Eval {
    /// Labelled notes, one JSON object a line: {"id", "text", "principles": []}; `-` for stdin
    #[arg(required_unless_present = "vault", conflicts_with = "vault")]
    pub(super) gold: Option<PathBuf>,
    /// Measure on the links set and refused by hand in this vault, before and after learning from them
    #[arg(long)]
    pub(super) vault: bool,
}

#[derive(ClapArgs, Debug)]
pub(super) struct Completions {
    /// The shell
    pub(super) shell: clap_complete::Shell,
}

#[derive(ClapArgs, Debug)]
pub(super) struct Man {
    /// Write a page per command into this folder instead
    #[arg(long, value_name = "DIR")]
    pub(super) folder: Option<PathBuf>,
}
