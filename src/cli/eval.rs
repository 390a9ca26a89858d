//! `leverbook eval`

use super::args::{Eval, Global};
use super::print::Terminal;
use super::{CliError, Exit, project};
use crate::linker::eval::{ConfusionRow, Evaluation, Miss, PrincipleFigures, evaluate, read_gold};
use crate::linker::{Knowledge, Limits};
use crate::vault::disk;

/// Misses shown to a person; JSON has all.
const WORST: usize = 10;

pub(super) fn run(global: &Global, args: &Eval, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let project = project::open(global)?;
    let name = args.gold.display();
    let text = match args.gold.to_str() {
        Some("-") => std::io::read_to_string(std::io::stdin()),
        _ => disk::read_text(&args.gold),
    };
    let text = text.map_err(|error| CliError::Message(format!("cannot read {name}: {error}")))?;
    let (gold, unreadable) = read_gold(&text);
    if gold.is_empty() {
        let first = unreadable.first().map(|(line, problem)| format!("; {name}:{line}: {problem}"));
        let message = format!("{name} holds no labelled note{}", first.unwrap_or_default());
        return Err(CliError::Message(message));
    }
    let snapshot = project.author_snapshot(&project.read(None, &[])?);
    let limits =
        Limits { min_confidence: project.config.min_confidence, max_links: project.config.max_links };
    let evaluation = evaluate(&Knowledge::new(&snapshot.playbook.playbook.leverage), &gold, limits);
    if terminal.json() {
        terminal.value(&evaluation)?;
    } else {
        print(&evaluation, terminal)?;
    }
    for (line, problem) in &unreadable {
        terminal.done("Skipped", &format!("{name}:{line}: {problem}"))?;
    }
    Ok(if unreadable.is_empty() { Exit::Done } else { Exit::Findings })
}

fn print(evaluation: &Evaluation, terminal: &mut Terminal) -> Result<(), CliError> {
    terminal.line(&format!("{} notes, {} of them labelled", evaluation.notes, evaluation.labelled))?;
    let figures = [
        ("precision at 1", evaluation.precision_at_1),
        ("recall at 3", evaluation.recall_at_3),
        ("macro F1 of links", evaluation.macro_f1),
        ("precision of links", evaluation.precision),
        ("recall of links", evaluation.recall),
        ("none kept empty", evaluation.none_kept_empty),
        ("calibration error", evaluation.calibration_error),
    ];
    for (name, figure) in figures {
        terminal.line(&format!("  {name:<20} {figure:.3}"))?;
    }
    if !evaluation.unknown.is_empty() {
        terminal.line(&format!("  labels that are no principle here: {}", evaluation.unknown.join(", ")))?;
    }
    terminal.line("\nprinciple                   labels   shown   right      F1")?;
    for PrincipleFigures { principle, labels, shown, right, f1 } in &evaluation.principles {
        terminal.line(&format!("{principle:<26} {labels:>7} {shown:>7} {right:>7} {f1:>7.3}"))?;
    }
    terminal.line("\nfirst label                 shown first")?;
    for ConfusionRow { label, shown } in &evaluation.confusion {
        let shown: Vec<String> = shown.iter().map(|(name, times)| format!("{name} {times}")).collect();
        terminal.line(&format!("{label:<26}  {}", shown.join(", ")))?;
    }
    terminal.line("\nworst misses")?;
    evaluation.misses.iter().take(WORST).try_for_each(|miss| print_miss(miss, terminal))
}

fn print_miss(miss: &Miss, terminal: &mut Terminal) -> Result<(), CliError> {
    let kind = if miss.is_label { "missing" } else { "wrong" };
    terminal.line(&format!("  {:<14} {:<26} {:.2}  {kind}", miss.note, miss.principle, miss.probability))
}
