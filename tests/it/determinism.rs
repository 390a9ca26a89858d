//! The same input gives the same bytes: in any folder, zone and locale, on any number of threads.
#![allow(clippy::disallowed_methods, reason = "times and order of files are staged")]

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::project::{Files, Project, Run, assert_same, files, repository};

/// The repository's own content, and names that sort differently from place to place.
fn content() -> Files {
    let mut all = Files::new();
    for (path, bytes) in files(&repository().join("content")) {
        all.insert(format!("content/{path}"), bytes);
    }
    for (number, name) in ["a", "B", "\u{e4}", "z", "\u{130}", "i", "I", "_", "10", "9"].iter().enumerate() {
        let text = format!(
            "---\ndeal: Deal {name}\ncounterparty: {name}\ntags: [{name}, t{number}]\n---\nThey must sign before the year ends.\n"
        );
        all.insert(format!("content/deals/{name}/{name}.md"), text.into_bytes());
    }
    all
}

fn author(project: &Project, prepare: impl FnOnce(&mut std::process::Command)) -> Files {
    let mut command = project.command(["build", "--edition", "author", "--drafts"]);
    prepare(&mut command);
    let run = Run::of(&mut command);
    assert!(run.code == 0 || run.code == 1, "{run}");
    project.site()
}

#[test]
fn the_same_bytes_on_any_number_of_threads() {
    let project = Project::of(&content());
    let one = author(&project, |command| _ = command.env("RAYON_NUM_THREADS", "1"));
    assert!(one.len() > 50);
    for threads in ["4", "3"] {
        assert_same(
            &one,
            &author(&Project::of(&content()), |command| _ = command.env("RAYON_NUM_THREADS", threads)),
        );
    }
    assert_same(&one, &author(&project, |_| ()));
}

#[test]
fn the_same_bytes_in_any_zone_and_locale() {
    let usual = author(&Project::of(&content()), |_| ());
    for (zone, locale) in [
        ("Pacific/Kiritimati", "tr_TR.UTF-8"),
        ("America/Adak", "C"),
        ("UTC", "de_DE.UTF-8"),
        ("nonsense", "nonsense"),
    ] {
        let site = author(&Project::of(&content()), |command| {
            command.env("TZ", zone).env("LC_ALL", locale).env("LANG", locale).env("LANGUAGE", locale);
        });
        assert_same(&usual, &site);
    }
}

#[test]
fn the_same_bytes_in_another_folder_and_from_another_place() {
    let usual = author(&Project::of(&content()), |_| ());
    let outer = Project::empty();
    for (path, bytes) in content() {
        outer.write(format!("a b/\u{e9}%20#/{path}"), bytes);
    }
    let root = outer.path("a b/\u{e9}%20#");
    let mut command =
        outer.command(["build", "--edition", "author", "--drafts", "--output", "elsewhere/deep"]);
    let run = Run::of(command.arg("--root").arg(&root));
    assert!(run.code < 2, "{run}");
    assert_same(&usual, &files(&outer.path("elsewhere/deep")));
}

#[test]
fn the_same_bytes_whatever_the_order_and_the_times_of_the_files() {
    let usual = author(&Project::of(&content()), |_| ());
    let other = Project::empty();
    for (number, (path, bytes)) in content().into_iter().rev().enumerate() {
        other.write(&path, bytes);
        let seconds = u64::try_from(number).expect("few files") * 86_400 + 1_000_000;
        set_time(&other.path(&path), SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    }
    assert_same(&usual, &author(&other, |_| ()));
}

#[test]
fn the_same_bytes_over_an_old_site_and_after_an_edit_was_taken_back() {
    let project = Project::of(&content());
    let fresh = author(&project, |_| ());
    assert_same(&fresh, &author(&project, |_| ()));
    let path = "content/deals/kolbrand-tube-2025/2025-02-06-first-meeting.md";
    let text = project.read(path);
    project.write(path, format!("{text}\nThey must sign before the year ends; nobody else makes this.\n"));
    assert!(author(&project, |_| ()) != fresh, "the edit shows");
    project.write(path, text);
    assert_same(&fresh, &author(&project, |_| ()));
}

#[test]
fn a_day_changes_only_what_depends_on_it() {
    let project = Project::of(&content());
    let day =
        |epoch: &str| author(&Project::of(&content()), |command| _ = command.env("SOURCE_DATE_EPOCH", epoch));
    assert_same(&day("1795478400"), &day("1795500000"));
    assert_same(&author(&project, |_| ()), &day("1795478400"));
}

#[test]
fn commands_print_the_same_every_time() {
    for arguments in [
        &["links", "--format", "json"][..],
        &["principles", "--format", "json"],
        &["check", "--format", "json"],
        &["check", "-v"],
    ] {
        let (one, other) = (Project::of(&content()), Project::of(&content()));
        let first = Run::of(one.command(arguments).env("RAYON_NUM_THREADS", "1"));
        let second = Run::of(other.command(arguments).env("RAYON_NUM_THREADS", "4").env("TZ", "Asia/Tokyo"));
        assert_eq!(
            (first.code, &first.stdout, &first.stderr),
            (second.code, &second.stdout, &second.stderr),
            "{arguments:?}"
        );
    }
}

fn set_time(path: &Path, time: SystemTime) {
    fs::File::options()
        .write(true)
        .open(path)
        .and_then(|file| file.set_modified(time))
        .expect("times can be set");
}
