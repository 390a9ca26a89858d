//! Reads the trained weights from their files (safetensors: a header of JSON, then the numbers).

/// The named arrays of a file.
pub(super) struct Tensors<'a> {
    header: serde_json::Value,
    content: &'a [u8],
}

impl<'a> Tensors<'a> {
    /// Reads the header; `None` if it is damaged.
    pub(super) fn read(file: &'a [u8]) -> Option<Self> {
        let (length, rest) = file.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let header = serde_json::from_slice(rest.get(..length)?).ok()?;
        Some(Self { header, content: rest.get(length..)? })
    }

    /// An array of bytes.
    pub(super) fn bytes(&self, name: &str) -> Option<&'a [u8]> {
        let offsets = self.header.get(name)?.get("data_offsets")?;
        let at = |index: usize| usize::try_from(offsets.get(index)?.as_u64()?).ok();
        self.content.get(at(0)?..at(1)?)
    }

    /// An array of exactly so many numbers.
    pub(super) fn numbers<const N: usize>(&self, name: &str) -> Option<[f64; N]> {
        let (chunks, _) = self.bytes(name)?.as_chunks::<4>();
        let mut values = [0.0; N];
        if chunks.len() != N {
            return None;
        }
        for (value, bytes) in values.iter_mut().zip(chunks) {
            *value = f64::from(f32::from_le_bytes(*bytes));
        }
        Some(values)
    }

    /// An array of rows of `N` signed bytes, each row padded with zeros to `W`.
    pub(super) fn rows<const N: usize, const W: usize>(&self, name: &str) -> Option<Vec<[i8; W]>> {
        let (rows, rest) = self.bytes(name)?.as_chunks::<N>();
        let pad = |row: &[u8; N]| {
            let mut padded = [0; W];
            for (place, byte) in padded.iter_mut().zip(row) {
                *place = i8::from_le_bytes([*byte]);
            }
            padded
        };
        rest.is_empty().then(|| rows.iter().map(pad).collect())
    }
}

/// Probabilities and their logarithms from log-odds.
pub(super) fn softmax<const N: usize>(log_odds: [f64; N]) -> ([f64; N], [f64; N]) {
    let highest = log_odds.iter().copied().fold(f64::MIN, f64::max);
    let total: f64 = log_odds.iter().map(|z| libm::exp(z - highest)).sum();
    let log = log_odds.map(|z| z - highest - libm::log(total));
    (log.map(libm::exp), log)
}
