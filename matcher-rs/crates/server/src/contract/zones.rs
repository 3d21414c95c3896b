//! The time zones of a request: how far each wall clock is ahead of UTC in the week that the request is about.
//!
//! The caller looks them up, so that this service needs no time zone database, and a stored request means the same for ever.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use solver::people::WEEK_MINUTES;

use super::findings::{Field, Findings};
use super::lists::{at_most, too_many};

/// The limits of an offset, in minutes east of UTC.
pub(super) const MINIMUM_OFFSET: i64 = -720;
pub(super) const MAXIMUM_OFFSET: i64 = 840;
const MAXIMUM_ZONES: usize = 1000;
const MAXIMUM_CHANGES: usize = 10;
const WEEK: i64 = WEEK_MINUTES as i64;

/// Zones by their names.
#[derive(Debug, Default)]
pub(super) struct ZonesInput(BTreeMap<String, ZoneInput>);

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with now and offsets")]
struct ZoneInput {
    /// The offset that is told as the person's.
    now: i64,
    /// `[minute of the UTC week, offset from then on]`, ascending, the first at minute 0.
    #[serde(deserialize_with = "at_most::<MAXIMUM_CHANGES, _, _>")]
    offsets: Vec<(i64, i64)>,
}

impl<'de> Deserialize<'de> for ZonesInput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ZonesVisitor)
    }
}

struct ZonesVisitor;

impl<'de> Visitor<'de> for ZonesVisitor {
    type Value = ZonesInput;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of zones")
    }

    /// Every zone once: of two that differ neither is right.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ZonesInput, A::Error> {
        let mut zones = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            let count = zones.len();
            match zones.entry(name) {
                Entry::Vacant(_) if count == MAXIMUM_ZONES => return Err(too_many(MAXIMUM_ZONES)),
                Entry::Vacant(place) => {
                    place.insert(map.next_value()?);
                }
                Entry::Occupied(given) => {
                    return Err(A::Error::custom(format_args!("duplicate field `{}`", given.key())));
                }
            }
        }
        Ok(ZonesInput(zones))
    }
}

impl ZonesInput {
    pub(super) fn check(&self, findings: &mut Findings) {
        for (name, zone) in &self.0 {
            let at = format!("zones.{name}");
            findings.text("zones", name);
            findings.range(Field(&at, "now"), zone.now, MINIMUM_OFFSET..=MAXIMUM_OFFSET);
            let field = Field(&at, "offsets");
            if zone.offsets.first().is_none_or(|&(minute, _)| minute != 0) {
                findings.add(&field, "out_of_range", "the first offset must be that of minute 0");
            }
            for (index, &(minute, offset)) in zone.offsets.iter().enumerate() {
                findings.range(format_args!("{field}[{index}][0]"), minute, 0..=WEEK - 1);
                findings.range(format_args!("{field}[{index}][1]"), offset, MINIMUM_OFFSET..=MAXIMUM_OFFSET);
            }
            if let Some(index) = zone.offsets.windows(2).position(|pair| pair[1].0 <= pair[0].0) {
                let message = "minutes must ascend";
                findings.add(format_args!("{field}[{}][0]", index + 1), "invalid_interval", message);
            }
        }
    }

    pub(super) fn know(&self, zone: &str) -> bool {
        self.0.contains_key(zone)
    }

    /// The offset told of who lives there.
    pub(super) fn offset(&self, zone: &str) -> Option<i64> {
        self.0.get(zone).map(|zone| zone.now)
    }

    /// The minutes of the UTC week at which the zone's clock stands in the slots, which are minutes since Monday 00:00 on that clock.
    /// The hour that clocks leave out has none, the one that they repeat counts twice; slots are weekly, so what reaches over an end
    /// of the week goes on at the other. Call after `check`.
    pub(super) fn in_utc(&self, zone: &str, slots: &[(i64, i64)]) -> Vec<(i64, i64)> {
        let Some(zone) = self.0.get(zone) else { return Vec::new() };
        let ends = zone.offsets.iter().skip(1).map(|&(minute, _)| minute).chain([WEEK]);
        let mut minutes = Vec::with_capacity(slots.len());
        for (&(from, offset), until) in zone.offsets.iter().zip(ends) {
            for &(start, end) in slots {
                for shift in [-WEEK, 0, WEEK] {
                    let (first, last) = ((start - offset + shift).max(from), (end - offset + shift).min(until));
                    if first < last {
                        minutes.push((first, last));
                    }
                }
            }
        }
        minutes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin(offsets: Vec<(i64, i64)>) -> ZonesInput {
        ZonesInput(BTreeMap::from([("Europe/Berlin".to_owned(), ZoneInput { now: 60, offsets })]))
    }

    const SUNDAY: i64 = 6 * 1440;

    #[test]
    fn hour_left_out_in_spring_has_no_minutes() {
        // Sunday 02:00 to 03:00 does not exist on the clock that goes from 02:00 to 03:00 at 01:00 UTC.
        let zones = berlin(vec![(0, 60), (SUNDAY + 60, 120)]);
        assert_eq!(zones.in_utc("Europe/Berlin", &[(SUNDAY + 120, SUNDAY + 180)]), []);
    }

    #[test]
    fn hour_repeated_in_autumn_counts_twice() {
        let zones = berlin(vec![(0, 120), (SUNDAY + 60, 60)]);
        assert_eq!(
            zones.in_utc("Europe/Berlin", &[(SUNDAY + 120, SUNDAY + 180)]),
            [(SUNDAY, SUNDAY + 60), (SUNDAY + 60, SUNDAY + 120)]
        );
    }

    #[test]
    fn slot_over_the_end_of_the_week_goes_on_at_its_beginning() {
        let zones = berlin(vec![(0, 60)]);
        // Sunday 23:00 to Monday 02:00 in Berlin is Sunday 22:00 to Monday 01:00 UTC.
        assert_eq!(zones.in_utc("Europe/Berlin", &[(WEEK - 60, WEEK + 120)]), [(0, 60), (WEEK - 120, WEEK)]);
        // Monday 00:00 to 01:00 in Berlin is Sunday 23:00 to 24:00 UTC.
        assert_eq!(zones.in_utc("Europe/Berlin", &[(0, 60)]), [(WEEK - 60, WEEK)]);
    }
}
