//! Suggestions while the threads that pass over all pairs of a round are busy. A process of its own, for it takes all of them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::mpsc;
use std::time::Duration;

use server::contract::{Body, suggest};
use solver::Interrupt;

const REQUEST: &[u8] =
    br#"{"learner": {"id": "l"}, "mentors": [{"id": "m", "capacity": 1}, {"id": "n", "capacity": 0}]}"#;

#[test]
fn suggestions_do_not_wait_for_the_threads_of_a_round() {
    let (busy, is_busy) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            rayon::broadcast(|_| {
                busy.send(()).unwrap();
                // Until the sender is gone.
                let _ = released.lock().unwrap().recv();
            });
        });
        (0..rayon::current_num_threads()).for_each(|_| is_busy.recv().unwrap());
        let (answered, answer) = mpsc::channel();
        scope.spawn(move || answered.send(suggest(Body::json(REQUEST), &Interrupt::never()).is_ok()));
        let answer = answer.recv_timeout(Duration::from_secs(20));
        drop(release);
        assert_eq!(answer, Ok(true));
    });
}
