//! A file's text on its way to the CSV reader: unpacked, without its BOM, known not to be of another kind, and never all in memory. Its
//! fields may still not be UTF-8.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek},
    path::Path,
};

use flate2::bufread::MultiGzDecoder;

use crate::imports::ImportError;

/// Bytes of one row, at most. A quotation mark that nothing closes makes a row of all that follows.
const LONGEST_ROW: usize = 16 << 20;
/// Bytes that are looked at to know what a file is.
const START: u64 = 1024;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What of a file has been read and not been let go of, and the rest of it.
pub(crate) struct Contents {
    file: Unpacked,
    /// Bytes of the file on disk.
    size: u64,
    /// Read to know what the file is, and still to be handed out.
    start: io::Cursor<Vec<u8>>,
    kept: Vec<u8>,
    /// Place in the text of the first byte kept.
    first: usize,
    /// Bytes kept that are no longer wanted.
    let_go: usize,
    /// Where the row that is being read begins, or the line ends before it.
    row: usize,
    ended: bool,
    too_long: bool,
}

enum Unpacked {
    Plain(File),
    Gzip(Box<MultiGzDecoder<BufReader<File>>>),
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.read(buffer),
            Self::Gzip(decoder) => decoder.read(buffer),
        }
    }
}

impl Contents {
    /// Opens the file that `path` names, or a copy of it.
    pub fn open(path: &Path, copy: Option<&Path>) -> Result<Self, ImportError> {
        let unreadable = |source| ImportError::Read { path: path.into(), source };
        let mut file = File::open(copy.unwrap_or(path)).map_err(unreadable)?;
        let size = file.metadata().map_err(unreadable)?.len();
        let mut magic = Vec::new();
        (&file).take(GZIP.len() as u64).read_to_end(&mut magic).map_err(unreadable)?;
        file.rewind().map_err(unreadable)?;
        let named_gz = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
        let file = match magic == GZIP || named_gz {
            true => Unpacked::Gzip(Box::new(MultiGzDecoder::new(BufReader::new(file)))),
            false => Unpacked::Plain(file),
        };
        let mut contents =
            Self { file, size, start: io::Cursor::default(), kept: Vec::new(), first: 0, let_go: 0, row: 0, ended: false, too_long: false };
        let mut start = Vec::new();
        let read = (&mut contents.file).take(START).read_to_end(&mut start);
        read.map_err(|source| contents.failure(path, 1, source))?;
        if let Some((found, advice)) = other_format(&start) {
            return Err(ImportError::NotText { path: path.into(), found, advice });
        }
        if start.starts_with(b"\xef\xbb\xbf") {
            start.drain(..3);
        }
        contents.start = io::Cursor::new(start);
        Ok(contents)
    }

    /// What has been read of the text from a place on that has not been let go of.
    pub fn since(&self, place: usize) -> &[u8] {
        self.kept.get(place.saturating_sub(self.first)..).unwrap_or_default()
    }

    /// Says that a row begins here, and forgets what comes before another place.
    pub fn begin_row(&mut self, row: usize, let_go: usize) {
        self.row = row;
        self.let_go = let_go.saturating_sub(self.first).min(self.kept.len());
    }

    /// Whether a place is the end of the text, as far as is known: nobody may have looked further yet.
    pub fn ends_at(&self, place: usize) -> bool {
        self.ended && place >= self.first + self.kept.len()
    }

    /// How much of the file has been read, from 0 to 1.
    pub fn done(&self) -> f64 {
        let place = match &self.file {
            Unpacked::Plain(file) => (&*file).stream_position(),
            Unpacked::Gzip(decoder) => decoder.get_ref().get_ref().stream_position(),
        };
        // Only for the progress.
        place.unwrap_or_default() as f64 / self.size.max(1) as f64
    }

    /// What a failure to read on, in the row that begins on `line`, comes from.
    pub fn failure(&self, path: &Path, line: u64, source: io::Error) -> ImportError {
        let path = path.to_owned();
        match self.file {
            _ if self.too_long => ImportError::LongRow { path, line, limit_mib: LONGEST_ROW >> 20 },
            Unpacked::Plain(_) => ImportError::Read { path, source },
            Unpacked::Gzip(_) => ImportError::Gzip { path, source },
        }
    }
}

impl Read for Contents {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.kept.drain(..self.let_go);
        self.first += self.let_go;
        self.let_go = 0;
        if self.first + self.kept.len() > self.row + LONGEST_ROW {
            self.too_long = true;
            return Err(io::Error::other("a row is too long"));
        }
        let read = match self.start.read(buffer)? {
            0 => self.file.read(buffer)?,
            read => read,
        };
        self.ended = read == 0;
        self.kept.extend_from_slice(&buffer[..read]);
        Ok(read)
    }
}

fn other_format(start: &[u8]) -> Option<(&'static str, &'static str)> {
    const SAVE_AS: &str = "save it as CSV in UTF-8";
    let zeros = |first: usize| start.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count() * 5 > start.len();
    if start.starts_with(b"\xff\xfe") || zeros(1) {
        Some(("UTF-16 (little endian)", SAVE_AS))
    } else if start.starts_with(b"\xfe\xff") || zeros(0) {
        Some(("UTF-16 (big endian)", SAVE_AS))
    } else if start.starts_with(b"PK\x03\x04") {
        Some(("a ZIP archive or an Excel workbook", "unpack it, or export the sheet as CSV in UTF-8"))
    } else {
        None
    }
}
