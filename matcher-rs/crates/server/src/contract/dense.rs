//! The dense form of `/v1/assign`: rows of values, kept as the entries of allowed pairs while they are read, and counted.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, SeqAccess, Visitor};

use super::assign::{Entry, MAXIMUM_ENTRIES, MAXIMUM_SIDE, signed};
use super::findings::Findings;
use super::lists::too_many;

/// A matrix as sent.
#[derive(Debug, Default)]
pub(super) struct Dense {
    pub(super) rows: usize,
    /// Of the first row.
    pub(super) columns: usize,
    /// Ascending.
    pub(super) entries: Vec<Entry>,
    /// Values so far, nulls too.
    cells: usize,
    /// The rows of another length than the first, with theirs.
    uneven: Vec<(usize, usize)>,
}

impl Dense {
    pub(super) fn check_lengths(&self, findings: &mut Findings) {
        for (row, length) in &self.uneven {
            let message = format!("must have {} values like dense[0], got {length}", self.columns);
            findings.add(format_args!("dense[{row}]"), "wrong_length", message);
        }
    }

    fn end_row(&mut self, length: usize) {
        if self.rows == 0 {
            self.columns = length;
        } else if length != self.columns {
            self.uneven.push((self.rows, length));
        }
        self.rows += 1;
    }
}

impl<'de> Deserialize<'de> for Dense {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Rows)
    }
}

struct Rows;

impl<'de> Visitor<'de> for Rows {
    type Value = Dense;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Dense, A::Error> {
        let mut dense = Dense::default();
        while list.next_element_seed(Row(&mut dense))?.is_some() {
            if dense.rows > MAXIMUM_SIDE {
                return Err(too_many(MAXIMUM_SIDE));
            }
        }
        Ok(dense)
    }
}

/// Reads the next row into the matrix.
struct Row<'a>(&'a mut Dense);

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of integers and nulls")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self(dense) = self;
        let row = signed(dense.rows);
        let mut length = 0;
        while let Some(value) = list.next_element::<Option<i64>>()? {
            if length == MAXIMUM_SIDE {
                return Err(too_many(MAXIMUM_SIDE));
            }
            if dense.cells == MAXIMUM_ENTRIES {
                return Err(too_many(MAXIMUM_ENTRIES));
            }
            dense.entries.extend(value.map(|value| (row, signed(length), value)));
            dense.cells += 1;
            length += 1;
        }
        dense.end_row(length);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::iter;

    use serde::de::value::{Error, SeqDeserializer};

    use super::*;

    /// What is said of a matrix of nulls with rows of this length and without an end, and how many of its values were read.
    fn refusal(columns: usize) -> (String, usize) {
        let read = Cell::new(0);
        let row = || {
            let nulls = iter::repeat_n((), columns).inspect(|()| read.set(read.get() + 1));
            SeqDeserializer::<_, Error>::new(nulls)
        };
        let refused = Dense::deserialize(SeqDeserializer::<_, Error>::new(iter::repeat_with(row))).unwrap_err();
        (refused.to_string(), read.get())
    }

    #[test]
    fn no_more_is_read_than_one_beyond_a_limit() {
        let of = |most: usize| format!("too many items: at most {most}");
        assert_eq!(refusal(usize::MAX), (of(MAXIMUM_SIDE), MAXIMUM_SIDE + 1));
        assert_eq!(refusal(100), (of(MAXIMUM_ENTRIES), MAXIMUM_ENTRIES + 1));
        assert_eq!(refusal(1), (of(MAXIMUM_SIDE), MAXIMUM_SIDE + 1));
    }

    #[test]
    fn values_are_entries_and_nulls_are_none() {
        let dense: Dense = serde_json::from_str("[[3, null], [], [-1, 2]]").unwrap();
        assert_eq!((dense.rows, dense.columns), (3, 2));
        assert_eq!(dense.entries, [(0, 0, 3), (2, 0, -1), (2, 1, 2)]);
        assert_eq!(dense.uneven, [(1, 0)]);
    }
}
