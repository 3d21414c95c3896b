#![no_main]

use server::contract::{Form, match_people};

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    promises::hold(match_people, body, Form::Json);
    promises::hold(match_people, body, Form::MessagePack);
});
