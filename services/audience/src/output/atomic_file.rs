//! A file that is there whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes beside its path, and takes its place when it is finished. Dropped before that, it leaves
/// nothing behind.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    target: PathBuf,
    temporary: PathBuf,
    writer: BufWriter<File>,
    is_finished: bool,
}

impl AtomicFile {
    /// Starts a file that shall be at `target`.
    pub(crate) fn create(target: &Path) -> io::Result<Self> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let temporary = target.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
        let writer = BufWriter::with_capacity(1 << 16, File::create(&temporary)?);
        Ok(Self {
            target: target.to_owned(),
            temporary,
            writer,
            is_finished: false,
        })
    }

    /// Puts it in its place, where it is also after a power cut.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()?;
        self.writer.get_ref().sync_all()?;
        fs::rename(&self.temporary, &self.target)?;
        self.is_finished = true;
        let folder = self.target.parent().filter(|path| *path != Path::new(""));
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if !self.is_finished {
            // Nothing can be done about a leftover that cannot be removed.
            fs::remove_file(&self.temporary).ok();
        }
    }
}
