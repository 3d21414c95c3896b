//! Random numbers by counter (`SplitMix64`; Steele, Lea and Flood 2014): number `index` of a seed is the same in any language.

/// A uniform 64-bit number.
fn mix(seed: u64, index: u64) -> u64 {
    let mut z = seed.wrapping_add((index + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The number by which to sort for a random order.
pub fn key(seed: u64, index: usize) -> u64 {
    mix(seed, index as u64)
}

/// Uniform in 0..1.
pub fn fraction(seed: u64, index: usize) -> f64 {
    (mix(seed, index as u64) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Uniform in `least..=most`.
pub fn integer(seed: u64, index: usize, least: i64, most: i64) -> i64 {
    let range = (most - least + 1).unsigned_abs();
    least + (((mix(seed, index as u64) >> 32) * range) >> 32).cast_signed()
}
