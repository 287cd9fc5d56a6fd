//! What is there after a power cut: everything acknowledged, and of the rest a prefix.
//!
//! A child process writes under load, over a shim that notes what was synced (`shim.c`). It is killed,
//! the directory is put together as a disk might have it, and opened again: three times in a row for
//! each seed, each time upon what the last cut left. With some seeds syncs fail now and then; with
//! others, another child reads what the killed one left before the power goes.
//! POWER_CUT_FIRST and POWER_CUT_SEEDS in the environment run others, and more of them.

mod child;
mod disk;
mod shim;
mod verify;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use stores::embedded::Options;

use self::disk::{Disk, Random};
use self::shim::Shim;
use self::verify::verify;
use crate::tempdir;

/// Cuts in a row on one directory.
const CUTS: u64 = 3;

/// Where the store is on the disk; it makes these folders itself.
const FOLDER: &str = "made/by/the/store";

/// One in so many seeds lets syncs fail.
const SEEDS_A_FAILURE: u64 = 4;

/// Records of a call that was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Call {
    caller: u64,
    number: u64,
    records: u64,
}

/// Small tables, so that many are written and merged while the child runs.
fn options() -> Options {
    Options {
        reserve_bytes: 0,
        memtable_bytes: 64 * 1024,
        group_bytes_max: 64 * 1024,
        ..Options::default()
    }
}

/// Not a test of its own: what the child process runs.
#[test]
fn write_until_killed() {
    if let Some(dir) = std::env::var_os("POWER_CUT_ROOT") {
        let seed = std::env::var("POWER_CUT_SEED").unwrap();
        child::write(&Path::new(&dir).join(FOLDER), seed.parse().unwrap());
    }
}

/// Not a test of its own either.
#[test]
fn read_until_killed() {
    if let Some(dir) = std::env::var_os("POWER_CUT_ROOT") {
        child::read(&Path::new(&dir).join(FOLDER));
    }
}

#[test]
fn what_is_acknowledged_outlives_a_power_cut() {
    let first = std::env::var("POWER_CUT_FIRST").map_or(0, |seed| seed.parse().unwrap());
    let count = std::env::var("POWER_CUT_SEEDS").map_or(20, |seeds| seeds.parse().unwrap());
    let shim = Shim::build();
    for seed in first..first + count {
        println!("seed {seed}");
        cut_and_verify(&shim, seed);
    }
}

fn cut_and_verify(shim: &Shim, seed: u64) {
    let mut random = Random::new(seed);
    let place = tempdir();
    let mut dir = place.path().join("0");
    std::fs::create_dir(&dir).unwrap();
    let mut acknowledged = Vec::new();
    for cut in 1..=CUTS {
        let shadow = place.path().join(format!("shadow-{cut}"));
        let disk = Disk::begin(&dir, &shadow);
        let acknowledgements = random.below(120) as usize;
        let child_seed = seed * CUTS + cut - 1;
        acknowledged.extend(write(shim, &dir, &shadow, child_seed, acknowledgements));
        let seen = if fails(seed) || random.below(2) == 0 {
            [0, 0]
        } else {
            read(shim, &dir, &shadow)
        };
        let after = place.path().join(cut.to_string());
        disk.cut(&after, &mut random);
        dir = after;
        verify(&dir.join(FOLDER), &acknowledged, seen);
    }
}

/// Whether syncs fail with this seed.
fn fails(seed: u64) -> bool {
    seed.is_multiple_of(SEEDS_A_FAILURE)
}

/// What runs as a child over the shim.
fn child(shim: &Shim, dir: &Path, shadow: &Path, name: &str) -> Command {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args([&format!("power_cut::{name}"), "--exact", "--nocapture"])
        .envs(shim.environment(dir, shadow))
        .stdout(Stdio::piped());
    child
}

/// Lets a child write, kills it after it acknowledged so many calls, and returns all it acknowledged.
fn write(shim: &Shim, dir: &Path, shadow: &Path, seed: u64, acknowledgements: usize) -> Vec<Call> {
    let mut child = child(shim, dir, shadow, "write_until_killed");
    if fails(seed / CUTS) {
        child.env("POWER_CUT_FAIL", shadow.join("fail"));
    }
    let mut child = child
        .env("POWER_CUT_SEED", seed.to_string())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut calls = lines.filter_map(|line| parse(&line.unwrap()));
    let mut acknowledged: Vec<_> = calls.by_ref().take(acknowledgements).collect();
    child.kill().unwrap();
    acknowledged.extend(calls);
    assert!(
        child.wait().unwrap().code().is_none(),
        "the child ended by itself"
    );
    acknowledged
}

/// How many records of each partition a child can read; it is killed when it told them.
fn read(shim: &Shim, dir: &Path, shadow: &Path) -> [u64; 2] {
    let mut child = child(shim, dir, shadow, "read_until_killed")
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let seen = lines.find_map(|line| {
        let line = line.unwrap();
        let (first, second) = line.strip_prefix("read ")?.split_once(' ')?;
        Some([first.parse().unwrap(), second.parse().unwrap()])
    });
    child.kill().unwrap();
    child.wait().unwrap();
    seen.unwrap()
}

/// A line `acknowledged <caller> <number> <records>`; the last one may be cut.
fn parse(line: &str) -> Option<Call> {
    let mut words = line
        .strip_prefix("acknowledged ")?
        .strip_suffix(" .")?
        .split(' ');
    let mut number = || words.next().unwrap().parse().unwrap();
    Some(Call {
        caller: number(),
        number: number(),
        records: number(),
    })
}
