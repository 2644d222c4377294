// SPDX-License-Identifier: GPL-2.0-only
//! What Rust's standard library waits with: rust_waits mutex|condvar|park|channel|rwlock.
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

const ROUNDS: u32 = 100;

fn over(start: Instant) -> bool {
    start.elapsed() > Duration::from_millis(300)
}

#[inline(never)]
pub fn add_to_total(total: &Mutex<u64>) {
    let mut guard = total.lock().unwrap();
    *guard += 1;
    thread::sleep(Duration::from_micros(200));
}

fn run_mutex() {
    let total = Arc::new(Mutex::new(0u64));
    let start = Instant::now();
    let crew: Vec<_> = (0..4)
        .map(|_| {
            let total = total.clone();
            thread::spawn(move || {
                while !over(start) {
                    add_to_total(&total);
                }
            })
        })
        .collect();
    for one in crew {
        one.join().unwrap();
    }
}

#[inline(never)]
pub fn wait_for_condvar(pair: &(Mutex<u32>, Condvar), round: u32) {
    let mut guard = pair.0.lock().unwrap();
    while *guard <= round {
        guard = pair.1.wait(guard).unwrap();
    }
}

fn run_condvar() {
    let pair = Arc::new((Mutex::new(0u32), Condvar::new()));
    let other = pair.clone();
    let giver = thread::spawn(move || {
        for _ in 0..ROUNDS {
            thread::sleep(Duration::from_millis(2));
            *other.0.lock().unwrap() += 1;
            other.1.notify_one();
        }
    });
    for round in 0..ROUNDS {
        wait_for_condvar(&pair, round);
    }
    giver.join().unwrap();
}

#[inline(never)]
pub fn wait_parked() {
    thread::park();
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst); // no tail call before
}

fn run_park() {
    let sleeper = thread::spawn(|| {
        for _ in 0..ROUNDS {
            wait_parked();
        }
    });
    while !sleeper.is_finished() {
        thread::sleep(Duration::from_millis(2));
        sleeper.thread().unpark();
    }
    sleeper.join().unwrap();
}

fn run_channel() {
    let (sender, receiver) = channel();
    let giver = thread::spawn(move || {
        for round in 0..ROUNDS {
            thread::sleep(Duration::from_millis(2));
            sender.send(round).unwrap();
        }
    });
    while receiver.recv().is_ok() {}
    giver.join().unwrap();
}

#[inline(never)]
pub fn read_table(table: &RwLock<u64>) -> u64 {
    *table.read().unwrap()
}

fn run_rwlock() {
    let table = Arc::new(RwLock::new(0u64));
    let other = table.clone();
    let writer = thread::spawn(move || {
        for _ in 0..ROUNDS {
            {
                let mut guard = other.write().unwrap();
                *guard += 1;
                thread::sleep(Duration::from_millis(2));
            }
            thread::sleep(Duration::from_millis(1));
        }
    });
    while !writer.is_finished() {
        read_table(&table);
        thread::sleep(Duration::from_micros(200));
    }
    writer.join().unwrap();
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("mutex") => run_mutex(),
        Some("condvar") => run_condvar(),
        Some("park") => run_park(),
        Some("channel") => run_channel(),
        Some("rwlock") => run_rwlock(),
        _ => std::process::exit(2),
    }
}
