//! However something is saved: what is served in the end are the bytes of a clean build.

use std::fs;
use std::io::Write;

use super::{CALL, Served, project, write_through};

const CALL_FILE: &str = "content/harbour/call.md";

#[test]
fn every_editor_s_way_of_saving_ends_in_the_bytes_of_a_clean_build() {
    for arguments in [&["--port", "0"][..], &["--port", "0", "--poll", "30"]] {
        let served = Served::with(project(), arguments, &[]);
        let path = served.project.path(CALL_FILE);
        let text = |word: &str| CALL.replace("cannot wait", word);

        write_through(&path, &text("wrote plainly"));
        served.settled("written plainly");

        // Emptied, then filled in two steps, as an editor that writes in place may be seen half-way.
        let whole = text("filled");
        let mut file = fs::File::create(&path).expect("it can be emptied");
        served.until("notes/harbour-call.html", |answer| !answer.words().contains("wrote plainly"));
        file.write_all(&whole.as_bytes()[..120]).expect("it can be written");
        file.flush().expect("it can be written");
        std::thread::sleep(std::time::Duration::from_millis(60));
        file.write_all(&whole.as_bytes()[120..]).expect("it can be written");
        drop(file);
        served.settled("emptied and filled");

        let temporary = path.with_file_name(".call.md.tmp-1234");
        write_through(&temporary, &text("renamed"));
        fs::rename(&temporary, &path).expect("it can be renamed");
        served.settled("another file renamed");

        // Vim with a backup.
        let probe = path.with_file_name("4913");
        write_through(&probe, "");
        fs::remove_file(&probe).expect("it is there");
        let backup = path.with_file_name("call.md~");
        fs::rename(&path, &backup).expect("it can be renamed");
        write_through(&path, &text("vim"));
        fs::remove_file(&backup).expect("it is there");
        served.settled("vim");

        // Obsidian writes in place and touches its own settings.
        served.project.write("content/.obsidian/workspace.json", "{}");
        write_through(&path, &text("obsidian"));
        served.settled("obsidian");

        #[cfg(unix)]
        {
            let lock = path.with_file_name(".#call.md");
            std::os::unix::fs::symlink("me@host.1", &lock).expect("links can be made");
            served.project.write("content/harbour/#call.md#", "autosave");
            write_through(&path, &text("emacs"));
            fs::remove_file(&lock).expect("it is there");
            served.project.remove("content/harbour/#call.md#");
            served.settled("emacs");
        }

        // A clock that was set back, and a copy that keeps old times.
        let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        write_through(&path, &text("an older"));
        fs::File::options()
            .write(true)
            .open(&path)
            .and_then(|file| file.set_modified(long_ago))
            .expect("times can be set");
        served.settled("an older time");
        write_through(&path, &text("the same"));
        fs::File::options()
            .write(true)
            .open(&path)
            .and_then(|file| file.set_modified(long_ago))
            .expect("times can be set");
        served.settled("the same time and length");
        assert!(served.get("notes/harbour-call.html").words().contains("the same"));
    }
}

#[test]
fn folders_that_come_and_go_and_changes_to_many_files_end_in_the_bytes_of_a_clean_build() {
    let served = Served::new(project());
    let path = |path: &str| served.project.path(path);
    fs::rename(path("content/harbour"), path("content/mill")).expect("it can be renamed");
    served.settled("a folder renamed");
    served.project.write("content/mill/call.md", CALL.replace("cannot", "could not"));
    served.settled("a save in the renamed folder");
    fs::remove_dir_all(path("content/mill")).expect("it can be removed");
    served.project.write("content/mill/call.md", CALL);
    served.settled("a folder removed and made anew");
    served.project.write("content/mill/call.md", CALL.replace("cannot", "did not"));
    served.settled("a save in the folder made anew");
    served.project.write("content/mill/twin.md", "# First call\n");
    served.settled("a note with a name that is taken");

    for number in 0..600 {
        let text =
            format!("---\ndeal: Deal {}\n---\n# Note {number}\n\nThey cannot wait. [[call]]\n", number % 30);
        served.project.write(format!("content/many/{}/{number}.md", number % 20), text);
    }
    served.settled("a checkout of many files");
    fs::rename(path("content/many"), path("elsewhere")).expect("it can be moved away");
    served.settled("all of them gone");
    fs::rename(path("elsewhere"), path("content/many")).expect("it can be moved back");
    served.settled("all of them back");
}

#[test]
fn five_hundred_saves_end_in_the_last() {
    let served = Served::new(project());
    for save in 0..500 {
        served.project.write(CALL_FILE, CALL.replace("cannot wait", &format!("saved {save} times")));
        std::thread::sleep(std::time::Duration::from_millis(4));
    }
    served.until("notes/harbour-call.html", |answer| answer.words().contains("saved 499 times"));
    served.settled("after all saves");
}

#[test]
fn a_site_inside_of_the_notes_starts_no_build_and_is_no_content() {
    let project = project();
    project.write(
        "leverbook.toml",
        "[paths]\nnotes = [\".\"]\nleverage = \"content/leverage.md\"\noutput = \"public\"\n",
    );
    let served = Served::new(project);
    let run = served.project.run(["build"]).ends(0);
    assert!(run.stderr.contains("public"), "{run}");
    served.project.write(CALL_FILE, CALL.replace("cannot wait", "can wait"));
    served.until("notes/content-harbour-call.html", |answer| answer.words().contains("can wait"));
    served.project.run(["build"]).ends(0);
    served.project.write(CALL_FILE, CALL.replace("cannot wait", "will wait"));
    served.until("notes/content-harbour-call.html", |answer| answer.words().contains("will wait"));
    assert_eq!(served.get("notes/public-index.html").status, 404);
}

#[cfg(target_os = "linux")]
#[test]
fn a_queue_that_has_overflowed_loses_nothing() {
    let served = Served::new(project());
    let limit = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").expect("the system says it");
    let limit: usize = limit.trim().parse().expect("a number");
    let id = served.process.id().to_string();
    let tell = |signal: &str| {
        assert!(
            std::process::Command::new("kill")
                .args([signal, &id])
                .status()
                .expect("signals can be sent")
                .success()
        );
    };
    tell("-STOP");
    // Alternating, for the same event twice in a row counts once.
    let mut files: Vec<fs::File> = [".one", ".two"]
        .iter()
        .map(|name| fs::File::create(served.project.path("content/harbour").join(name)).expect("a file"))
        .collect();
    for number in 0..limit + 1000 {
        files[number % 2].write_all(b"x").expect("it can be written");
    }
    write_through(&served.project.path(CALL_FILE), &CALL.replace("cannot wait", "was lost"));
    fs::remove_file(served.project.path("content/harbour/visit.md")).expect("it is there");
    tell("-CONT");
    served.settled("after the queue has overflowed");
}

#[cfg(target_os = "linux")]
#[test]
fn where_the_system_watches_no_more_folders_the_files_are_looked_at() {
    // In a name space of its own a process may lower its own limit.
    let limit = "echo 2 > /proc/sys/user/max_inotify_watches && exec \"$@\"";
    let own_space = ["--user", "--map-root-user", "sh", "-c", limit, "sh"];
    let can = std::process::Command::new("unshare").args(own_space).arg("true").status();
    if !can.is_ok_and(|status| status.success()) {
        eprintln!("not tried: this system gives no name spaces to its users");
        return;
    }
    let served = Served::within(&own_space, project());
    let advice = served.advice.clone().expect("it says that it polls");
    assert!(advice.contains("fs.inotify.max_user_watches") && advice.contains("sysctl"), "{advice}");
    write_through(&served.project.path(CALL_FILE), &CALL.replace("cannot wait", "polled"));
    served.settled("after a save");
    served.project.write("content/new/deep/note.md", "# New");
    served.settled("after new folders");
}
