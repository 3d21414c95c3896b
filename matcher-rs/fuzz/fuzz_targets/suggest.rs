#![no_main]

use server::contract::{Form, suggest};

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    promises::hold(suggest, body, Form::Json);
    promises::hold(suggest, body, Form::MessagePack);
});
