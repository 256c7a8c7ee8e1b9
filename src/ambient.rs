//! The only file that asks the machine for the time, randomness and new ids; everything else is
//! handed a [`Clock`] and [`Ids`], so that a run can be replayed.

use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, in UTC, to the microsecond (what the database keeps).
    fn now(&self) -> Timestamp;
}

/// Makes ids and secrets.
pub trait Ids: Send + Sync {
    /// A new id that sorts by time (UUID version 7).
    fn id(&self, now: Timestamp) -> Uuid;

    /// 32 unguessable bytes as 64 hexadecimal digits.
    fn secret(&self) -> String;
}

/// Clock and ids together, cheap to clone.
#[derive(Clone)]
pub struct Ambient {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The id source.
    pub ids: Arc<dyn Ids>,
}

impl Ambient {
    /// The machine's clock and random source.
    #[must_use]
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock), ids: Arc::new(RandomIds) }
    }

    /// A clock that stands at `start` and moves one millisecond a question, and ids in sequence:
    /// for tests and replays.
    #[must_use]
    pub fn fixed(start: Timestamp) -> Self {
        Self { clock: Arc::new(SteppingClock { start, steps: AtomicU64::new(0) }), ids: Arc::new(SequentialIds(AtomicU64::new(1))) }
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new id of any kind.
    #[must_use]
    pub fn id<T: From<Uuid>>(&self) -> T {
        T::from(self.ids.id(self.clock.now()))
    }

    /// A new secret.
    #[must_use]
    pub fn secret(&self) -> String {
        self.ids.secret()
    }
}

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}

struct RandomIds;

impl Ids for RandomIds {
    fn id(&self, now: Timestamp) -> Uuid {
        uuid_v7(now, &random_bytes())
    }

    fn secret(&self) -> String {
        random_bytes::<32>().iter().map(|b| format!("{b:02x}")).collect()
    }
}

fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    #[expect(clippy::expect_used, reason = "without the operating system's randomness no secret can be made")]
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

fn uuid_v7(now: Timestamp, random: &[u8; 10]) -> Uuid {
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, random).into_uuid()
}

struct SteppingClock {
    start: Timestamp,
    steps: AtomicU64,
}

impl Clock for SteppingClock {
    fn now(&self) -> Timestamp {
        let step = i64::try_from(self.steps.fetch_add(1, Ordering::Relaxed)).unwrap_or(i64::MAX);
        self.start.checked_add(jiff::SignedDuration::from_millis(step)).unwrap_or(self.start)
    }
}

struct SequentialIds(AtomicU64);

impl SequentialIds {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

impl Ids for SequentialIds {
    fn id(&self, now: Timestamp) -> Uuid {
        let mut random = [0_u8; 10];
        random[2..].copy_from_slice(&self.next().to_be_bytes());
        uuid_v7(now, &random)
    }

    fn secret(&self) -> String {
        format!("{:064x}", self.next())
    }
}
