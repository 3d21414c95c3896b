//! Lists that are counted while they are read: beyond its limit a list is refused at once, so that a body never becomes many times as
//! much memory as it has bytes.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// How the message of a list begins that is too long.
pub(super) const TOO_MANY: &str = "too many items: ";
/// Room is made for so many before any has come; a length that is only announced makes no more.
const ROOM: usize = 64;

/// The refusal of a list.
pub(super) fn too_many<E: Error>(most: usize) -> E {
    E::custom(format_args!("{TOO_MANY}at most {most}"))
}

/// A list of at most so many.
pub(super) fn at_most<'de, const MOST: usize, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_seq(AtMost::<T, MOST>(PhantomData))
}

/// A list of at most so many, or null.
pub(super) fn at_most_or_null<'de, const MOST: usize, T, D>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    deserializer.deserialize_option(AtMostOrNull(AtMost::<T, MOST>(PhantomData)))
}

struct AtMost<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for AtMost<T, MOST> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::with_capacity(list.size_hint().unwrap_or_default().min(ROOM));
        while let Some(item) = list.next_element()? {
            if items.len() == MOST {
                return Err(too_many(MOST));
            }
            items.push(item);
        }
        Ok(items)
    }
}

struct AtMostOrNull<T, const MOST: usize>(AtMost<T, MOST>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for AtMostOrNull<T, MOST> {
    type Value = Option<Vec<T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence or null")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self.0).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::iter;

    use serde::de::value::{Error as ValueError, SeqDeserializer};

    use super::*;

    #[test]
    fn no_more_is_read_than_one_beyond_the_limit() {
        let read = Cell::new(0);
        let endless = || {
            read.set(0);
            SeqDeserializer::<_, ValueError>::new(iter::repeat(7_i64).inspect(|_| read.set(read.get() + 1)))
        };
        assert_eq!(at_most::<3, i64, _>(endless()).unwrap_err().to_string(), "too many items: at most 3");
        assert_eq!(read.get(), 4);
        let three = SeqDeserializer::<_, ValueError>::new(iter::repeat_n(7_i64, 3));
        assert_eq!(at_most::<3, i64, _>(three), Ok(vec![7; 3]));
    }
}
