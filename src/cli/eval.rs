//! `leverbook eval`

use super::args::{Eval, Global};
use super::print::{Terminal, count};
use super::{CliError, Exit, project};
use crate::linker::Limits;
use crate::linker::eval::{
    ConfusionRow, Evaluation, Miss, PrincipleFigures, VaultEvaluation, VaultFigures, evaluate,
    evaluate_vault, read_gold,
};
use crate::vault::disk;

/// Misses shown to a person; JSON has all.
const WORST: usize = 10;

pub(super) fn run(global: &Global, args: &Eval, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let project = project::open(global)?;
    let Some(gold) = &args.gold else { return run_on_vault(&project, terminal) };
    let name = gold.display();
    let text = match gold.to_str() {
        Some("-") => std::io::read_to_string(std::io::stdin()),
        _ => disk::read_text(gold),
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
    let evaluation = evaluate(&snapshot.playbook.knowledge, &gold, limits);
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

fn run_on_vault(project: &project::Project, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let snapshot = project.author_snapshot(&project.read(None, &[])?);
    let playbook = &snapshot.playbook.playbook;
    let limits =
        Limits { min_confidence: project.config.min_confidence, max_links: project.config.max_links };
    let evaluation = evaluate_vault(&snapshot.playbook.knowledge, &playbook.notes, limits);
    if terminal.json() {
        terminal.value(&evaluation)?;
    } else {
        print_vault(&evaluation, terminal)?;
    }
    Ok(Exit::Done)
}

fn print_vault(evaluation: &VaultEvaluation, terminal: &mut Terminal) -> Result<(), CliError> {
    let VaultEvaluation { notes, labelled, refused, groups, learnt, before, after } = evaluation;
    terminal.line(&format!(
        "{}, {labelled} of them with principles named by hand; {refused} refused by hand",
        count(*notes, "note")
    ))?;
    if *groups == 0 {
        terminal.line(
            "nothing to measure: name principles in `principles` or `not_principles`, or link to them",
        )?;
        return Ok(());
    }
    terminal.line(&format!(
        "each read by its text alone: before, and after learning from the others ({})\n",
        count(*groups, "group")
    ))?;
    terminal.line("                      before   after")?;
    let figures = |figures: &VaultFigures| {
        [
            ("precision at 1", figures.figures.precision_at_1),
            ("recall at 3", figures.figures.recall_at_3),
            ("macro F1 of links", figures.figures.macro_f1),
            ("precision of links", figures.figures.precision),
            ("recall of links", figures.figures.recall),
            ("refused kept away", figures.refused_kept_away),
            ("log-loss", figures.log_loss),
        ]
    };
    for ((name, before), (_, after)) in figures(before).into_iter().zip(figures(after)) {
        terminal.line(&format!("  {name:<19} {before:>7.3} {after:>7.3}"))?;
    }
    terminal.line("\nprinciple                   labels   right: before   after")?;
    for PrincipleFigures { principle, labels, right, .. } in &after.figures.principles {
        let old = before.figures.principles.iter().find(|figures| figures.principle == *principle);
        let old = old.map_or(0, |figures| figures.right);
        terminal.line(&format!("{principle:<26} {labels:>7} {old:>15} {right:>7}"))?;
    }
    let learnt = if learnt.is_empty() { "no principle".to_owned() } else { learnt.join(", ") };
    terminal.line(&format!("\nlearnt for: {learnt}"))?;
    terminal.line("\nworst misses after learning")?;
    after.figures.misses.iter().take(WORST).try_for_each(|miss| print_miss(miss, terminal))
}

fn print(evaluation: &Evaluation, terminal: &mut Terminal) -> Result<(), CliError> {
    terminal.line(&format!(
        "{}, {} of them labelled",
        count(evaluation.notes, "note"),
        evaluation.labelled
    ))?;
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
