//! Puts a directory together as a disk might have it after a power cut.
//!
//! A directory has the entries of its last sync, or those it had in the end. A file has, sector by
//! sector, the bytes of its last sync or those it had in the end: what was not synced may be there in
//! any part.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Bytes that a disk writes as a whole.
const SECTOR_BYTES: usize = 512;

/// A directory that a child writes to, with its shadow kept by the shim.
pub(super) struct Disk {
    dir: PathBuf,
    shadow: PathBuf,
}

#[derive(Debug, Clone)]
struct Entry {
    is_dir: bool,
    inode: u64,
    name: String,
}

impl Disk {
    /// Begins with everything that is there synced.
    pub(super) fn begin(dir: &Path, shadow: &Path) -> Self {
        fs::create_dir(shadow).unwrap();
        let disk = Self {
            dir: dir.to_owned(),
            shadow: shadow.to_owned(),
        };
        disk.note(dir);
        disk
    }

    fn note(&self, dir: &Path) {
        let entries = entries(dir);
        let inode = fs::metadata(dir).unwrap().ino();
        let mut listing = File::create(self.kept("dir", inode)).unwrap();
        for entry in entries {
            let kind = if entry.is_dir { 'd' } else { 'f' };
            writeln!(listing, "{kind} {} {}", entry.inode, entry.name).unwrap();
            let path = dir.join(&entry.name);
            if entry.is_dir {
                self.note(&path);
            } else {
                fs::hard_link(&path, self.kept("link", entry.inode)).unwrap();
                fs::copy(&path, self.kept("file", entry.inode)).unwrap();
            }
        }
    }

    fn kept(&self, kind: &str, inode: u64) -> PathBuf {
        self.shadow.join(format!("{kind}-{inode}"))
    }

    /// Makes of it what a power cut might leave.
    pub(super) fn cut(&self, after: &Path, random: &mut Random) {
        let mut now = HashMap::new();
        paths_by_inode(&self.dir, &mut now);
        let root = fs::metadata(&self.dir).unwrap().ino();
        self.restore_dir(root, &now, after, random);
    }

    fn restore_dir(
        &self,
        inode: u64,
        now: &HashMap<u64, PathBuf>,
        after: &Path,
        random: &mut Random,
    ) {
        fs::create_dir(after).unwrap();
        let last = now.get(&inode).map(|path| entries(path));
        let synced = fs::read_to_string(self.kept("dir", inode)).unwrap_or_default();
        let entries = match last {
            Some(last) if random.below(2) == 0 => last,
            _ => synced.lines().map(parse_entry).collect(),
        };
        for entry in entries {
            let path = after.join(&entry.name);
            if entry.is_dir {
                self.restore_dir(entry.inode, now, &path, random);
            } else {
                let last = now.get(&entry.inode).cloned();
                let last = last.unwrap_or_else(|| self.kept("link", entry.inode));
                let last = Content::read(&last).unwrap_or_default();
                let synced = Content::read(&self.kept("file", entry.inode)).unwrap_or_default();
                mix(synced, &last, random).write(&path);
            }
        }
    }
}

fn parse_entry(line: &str) -> Entry {
    let mut parts = line.splitn(3, ' ');
    Entry {
        is_dir: parts.next().unwrap() == "d",
        inode: parts.next().unwrap().parse().unwrap(),
        name: parts.next().unwrap().to_owned(),
    }
}

fn entries(dir: &Path) -> Vec<Entry> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| {
        let entry = entry.unwrap();
        let metadata = entry.metadata().unwrap();
        Entry {
            is_dir: metadata.is_dir(),
            inode: metadata.ino(),
            name: entry.file_name().into_string().unwrap(),
        }
    });
    entries.collect()
}

fn paths_by_inode(dir: &Path, paths: &mut HashMap<u64, PathBuf>) {
    paths.insert(fs::metadata(dir).unwrap().ino(), dir.to_owned());
    for entry in entries(dir) {
        let path = dir.join(&entry.name);
        if entry.is_dir {
            paths_by_inode(&path, paths);
        } else {
            paths.insert(entry.inode, path);
        }
    }
}

/// The content of a file; what is after `bytes` up to `size` is not written yet.
#[derive(Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    size: u64,
}

impl Content {
    fn read(path: &Path) -> std::io::Result<Self> {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        // A file is written from its beginning on.
        let used = rustix::fs::seek(&file, rustix::fs::SeekFrom::Hole(0)).unwrap_or(0);
        file.rewind()?;
        let mut bytes = vec![0; used as usize];
        file.read_exact(&mut bytes)?;
        Ok(Self { bytes, size })
    }

    fn write(&self, path: &Path) {
        let mut file = File::create(path).unwrap();
        file.write_all(&self.bytes).unwrap();
        file.set_len(self.size).unwrap();
    }
}

/// The content of a file of which `synced` was synced and `last` was written.
fn mix(synced: Content, last: &Content, random: &mut Random) -> Content {
    let size = [synced.size, last.size][random.below(2) as usize];
    let mut bytes = synced.bytes;
    let used = bytes.len().max(last.bytes.len()).min(size as usize);
    bytes.resize(used, 0);
    let written = last.bytes.len().min(used);
    let changed = (0..written.div_ceil(SECTOR_BYTES))
        .map(|sector| sector * SECTOR_BYTES..((sector + 1) * SECTOR_BYTES).min(written))
        .filter(|range| bytes[range.clone()] != last.bytes[range.clone()])
        .collect::<Vec<_>>();
    // None of them, all of them, the first of them, or some of them.
    let kept = match random.below(4) {
        0 => 0,
        1 => changed.len(),
        _ => random.below(changed.len() as u64 + 1) as usize,
    };
    let is_scattered = random.below(2) == 0;
    for (index, range) in changed.into_iter().enumerate() {
        if index < kept && (!is_scattered || random.below(3) > 0) {
            bytes[range.clone()].copy_from_slice(&last.bytes[range]);
        }
    }
    Content { bytes, size }
}

/// Random numbers from a seed: SplitMix64.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ z >> 31) % bound
    }
}
