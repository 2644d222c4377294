// SPDX-License-Identifier: GPL-2.0-only
//! A Mutex that all threads need, a pipeline through a channel, and scoped threads that are fine.
use std::arch::asm;
use std::sync::{mpsc, Arc, Mutex};
use std::thread;
use std::time::Instant;

#[inline(always)]
fn compute_us(rate: f64, us: f64) {
    let mut value = us as u64;
    for _ in 0..(us * rate) as u64 {
        value = value.wrapping_mul(2654435761);
        // Keeps the compiler from finding out the end.
        unsafe { asm!("/* {0} */", inout(reg) value) };
    }
}

fn measure() -> f64 {
    let mut best = 0.0f64;
    for _ in 0..6 {
        let start = Instant::now();
        compute_us(300.0, 500.0);
        let took = start.elapsed().as_secs_f64() * 1e6;
        best = best.max(500.0 * 300.0 / took);
    }
    best
}

fn cpus() -> usize {
    thread::available_parallelism().map_or(1, |n| n.get())
}

fn named<F: FnOnce() + Send + 'static>(name: String, work: F) -> thread::JoinHandle<()> {
    thread::Builder::new().name(name).spawn(work).unwrap()
}

#[inline(never)]
fn add_to_total(total: &Mutex<u64>, rate: f64) {
    let mut guard = total.lock().unwrap();
    compute_us(rate, 200.0);
    *guard += 1;
}

fn mutex(rate: f64) {
    let total = Arc::new(Mutex::new(0));
    let crew: Vec<_> = (0..4)
        .map(|i| {
            let total = total.clone();
            named(format!("adder-{i}"), move || {
                for _ in 0..400 {
                    add_to_total(&total, rate);
                    compute_us(rate, 50.0);
                }
            })
        })
        .collect();
    crew.into_iter().for_each(|thread| thread.join().unwrap());
}

fn channel(rate: f64) {
    let (give, take) = mpsc::sync_channel::<u32>(4);
    let source = named("source".into(), move || {
        for i in 0..150 {
            compute_us(rate, 500.0);
            give.send(i).unwrap();
        }
    });
    let sink = named("resize".into(), move || {
        while take.recv().is_ok() {
            compute_us(rate, 2800.0);
        }
    });
    source.join().unwrap();
    sink.join().unwrap();
}

fn scoped(rate: f64) {
    thread::scope(|scope| {
        for _ in 0..cpus() {
            scope.spawn(|| {
                for _ in 0..400 {
                    compute_us(rate, 1000.0);
                }
            });
        }
    });
}

/// The total is added to once for all that was counted: taken often, waited for hardly ever.
fn rarely(rate: f64) {
    let total = Mutex::new(0u64);
    thread::scope(|scope| {
        for _ in 0..cpus() {
            scope.spawn(|| {
                for _ in 0..4000 {
                    compute_us(rate, 100.0);
                    *total.lock().unwrap() += 1;
                }
            });
        }
    });
}

fn main() {
    let rate = measure();
    match std::env::args().nth(1).as_deref() {
        Some("mutex") => mutex(rate),
        Some("channel") => channel(rate),
        Some("scoped") => scoped(rate),
        Some("rarely") => rarely(rate),
        _ => std::process::exit(2),
    }
}
