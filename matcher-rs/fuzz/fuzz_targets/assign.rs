#![no_main]

use server::contract::{Form, assign};

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    promises::hold(assign, body, Form::Json);
    promises::hold(assign, body, Form::MessagePack);
});
