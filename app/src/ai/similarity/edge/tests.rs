//! On disk: reopening, owning, damage, crashes.

use std::{
    cell::RefCell,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use super::{
    super::contract::{self, DIMENSIONS, at, closed, deal, query},
    *,
};

#[test]
fn keeps_the_contract() {
    let folders = RefCell::new(vec![]);
    contract::holds(|dimensions| {
        let folder = tempfile::tempdir().unwrap();
        let index = EdgeIndex::open(folder.path(), dimensions).unwrap();
        folders.borrow_mut().push(folder);
        index
    });
}

#[test]
fn survives_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let open = || EdgeIndex::open(folder.path(), DIMENSIONS).unwrap();
    open().upsert(&(1..=30).map(|n| closed(n, n as i64, n % 2 == 0)).collect::<Vec<_>>()).unwrap();
    open().remove(&[deal(4)]).unwrap();
    let ask = SimilarQuery { closed_before: Some(at(20)), ..query(7, 100) };
    let before = open().search(&ask).unwrap();
    open().optimize().unwrap();
    // Writing goes on after a reload: the engine must not take what is new for old.
    open().upsert(&[closed(31, 1, true), closed(1, 25, false)]).unwrap();
    let index = open();
    assert_eq!((before.len(), index.count().unwrap()), (18, 30));
    let now: Vec<_> = index.search(&ask).unwrap().into_iter().filter(|hit| hit.deal != deal(31)).collect();
    assert_eq!(now, before.into_iter().filter(|hit| hit.deal != deal(1)).collect::<Vec<_>>());
    assert_eq!(index.search(&query(31, 1)).unwrap()[0].deal, deal(31));
}

#[test]
fn a_folder_has_one_owner() {
    let folder = tempfile::tempdir().unwrap();
    let first = EdgeIndex::open(folder.path(), DIMENSIONS).unwrap();
    let in_use = |result: Result<(), IndexError>| matches!(result, Err(IndexError::InUse { path }) if path == folder.path());
    assert!(in_use(EdgeIndex::open(folder.path(), DIMENSIONS).map(drop)));
    assert!(in_use(EdgeIndex::clear(folder.path())));
    drop(first);
    EdgeIndex::open(folder.path(), DIMENSIONS).unwrap();
}

#[test]
fn a_damaged_folder_is_an_error_and_can_be_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let open = || EdgeIndex::open(folder.path(), DIMENSIONS);
    for damage in ["edge_config.json", "segment.json", "id_tracker", "payload"] {
        open().unwrap().upsert(&(1..=50).map(|n| closed(n, 1, true)).collect::<Vec<_>>()).unwrap();
        let spoiled = spoil(&folder.path().join(DATA), damage);
        assert!(spoiled > 0, "the engine has no {damage}");
        // Never a panic: either the damage is told, or the engine could mend or do without the file.
        match open() {
            Err(error) => assert!(matches!(error, IndexError::Corrupt { .. }), "{damage}: {error}"),
            Ok(index) => drop((index.search(&query(1, 5)), index.ids(), index.upsert(&[closed(1, 1, true)]))),
        }
        EdgeIndex::clear(folder.path()).unwrap();
        assert_eq!(open().unwrap().count().unwrap(), 0);
    }
    open().unwrap().upsert(&[closed(1, 1, true)]).unwrap();
    spoil(&folder.path().join(DATA), "segment.json");
    assert!(matches!(open(), Err(IndexError::Corrupt { .. })));
}

#[test]
fn another_models_vectors_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    EdgeIndex::open(folder.path(), DIMENSIONS).unwrap();
    let wrong = EdgeIndex::open(folder.path(), DIMENSIONS + 1).map(drop);
    assert!(matches!(wrong, Err(IndexError::Dimensions { expected: DIMENSIONS, got }) if got == DIMENSIONS + 1));
}

#[test]
fn searches_and_writes_go_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let index = EdgeIndex::open(folder.path(), DIMENSIONS).unwrap();
    index.upsert(&(1..=20).map(|n| closed(n, 1, true)).collect::<Vec<_>>()).unwrap();
    std::thread::scope(|scope| {
        for writer in 1..=2_u128 {
            let index = &index;
            scope.spawn(move || {
                (0..20).for_each(|n| index.upsert(&[closed(writer * 1_000 + n, 1, true)]).unwrap());
                index.optimize().unwrap();
            });
        }
        scope.spawn(|| (0..200).for_each(|n| assert_eq!(index.search(&query(n, 10)).unwrap().len(), 10)));
    });
    assert_eq!(index.count().unwrap(), 60);
}

/// Set, it makes `crash_child` write to the index in the folder it names.
const CRASH_FOLDER: &str = "VECTOROS_TEST_CRASH_FOLDER";
const CRASH_BATCH: u128 = 7;

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    for round in 1..=4 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["crash_child", "--include-ignored", "--nocapture"])
            .env(CRASH_FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The kill falls wherever the child is then: writing, flushing, or between.
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acks = lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("acknowledged ")?.parse().ok());
        let seen: u128 = acks.by_ref().nth(5 + round).expect("the child acknowledges what it wrote");
        child.kill().unwrap();
        child.wait().unwrap();
        let acknowledged = acks.last().unwrap_or(seen);

        let index = EdgeIndex::open(folder.path(), DIMENSIONS).unwrap();
        let ids = index.ids().unwrap();
        assert!(ids.len() as u128 >= acknowledged, "round {round}: {} of {acknowledged} deals", ids.len());
        for n in 1..=acknowledged {
            assert_eq!(ids[n as usize - 1], deal(n), "round {round}");
        }
        let hits = index.search(&query(3, 10_000)).unwrap();
        assert!(hits.len() as u128 >= acknowledged, "round {round}: {} of {acknowledged} found", hits.len());
        for n in [1, acknowledged / 2, acknowledged] {
            let hits = index.search(&SimilarQuery { closed_before: Some(at(n as i64 + 1)), ..query(n as u64, 1_000) }).unwrap();
            assert!(hits.iter().any(|hit| hit.deal == deal(n) && hit.similarity == 1.0), "round {round}: deal {n}");
        }
    }
}

#[test]
#[ignore = "a child process of what_was_acknowledged_survives_kill_9"]
fn crash_child() {
    let Some(folder) = std::env::var_os(CRASH_FOLDER) else { return };
    let index = EdgeIndex::open(Path::new(&folder), DIMENSIONS).unwrap();
    let mut n = index.count().unwrap() as u128;
    loop {
        index.upsert(&(n + 1..=n + CRASH_BATCH).map(|n| closed(n, n as i64, true)).collect::<Vec<_>>()).unwrap();
        n += CRASH_BATCH;
        println!("acknowledged {n}");
        io::stdout().flush().unwrap();
    }
}

/// Overwrites the beginning of all files below `folder` whose names contain `part`; how many.
fn spoil(folder: &Path, part: &str) -> usize {
    let mut spoiled = 0;
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            spoiled += spoil(&entry, part);
        } else if entry.to_string_lossy().contains(part) {
            fs::write(&entry, "spoiled").unwrap();
            spoiled += 1;
        }
    }
    spoiled
}
