#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| promises::hold(server::contract::match_people, body));
