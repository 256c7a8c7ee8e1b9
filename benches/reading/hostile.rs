//! Two thousand damaged documents through the real pool: what came of them; no process and no
//! descriptor may be left.

use std::time::{Duration, Instant};

use crate::damage::{AT_ONCE, pool, read_damaged, reads_a_good_one};

const DOCUMENTS: usize = 2000;
const LIMIT: Duration = Duration::from_secs(10);

pub fn run() {
    let runtime = || tokio::runtime::Runtime::new().expect("runtime");
    // The first runtime opens descriptors that stay (signals).
    runtime().block_on(async { reads_a_good_one(&pool(LIMIT)).await });
    let before = open_descriptors();
    let started = Instant::now();
    runtime().block_on(async {
        let pool = pool(LIMIT);
        let outcomes = read_damaged(&pool, DOCUMENTS).await;
        println!("{outcomes:#?}");
        assert_eq!(outcomes.values().sum::<usize>(), DOCUMENTS);
        reads_a_good_one(&pool).await;
        let left = children();
        assert!(left.len() <= AT_ONCE && left.iter().all(|child| child.state != 'Z'), "{left:?}");
        let peaks: Vec<&str> = left.iter().map(|child| child.peak.as_str()).collect();
        println!("{:.0} s; peak memory here {}, of the last children {peaks:?}", started.elapsed().as_secs_f32(), peak("self"));
        // Without its pool a child ends, and is buried.
        drop(pool);
        let deadline = Instant::now() + Duration::from_secs(10);
        while !children().is_empty() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(children().is_empty(), "{:?}", children());
    });
    assert_eq!(open_descriptors(), before);
    println!("no process and no descriptor is left");
}

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("/proc").count()
}

/// A process of ours.
#[derive(Debug)]
struct Child {
    state: char,
    peak: String,
}

fn children() -> Vec<Child> {
    let own = std::process::id().to_string();
    let processes = std::fs::read_dir("/proc").expect("/proc").flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let child = |process: String| {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let (_, after) = stat.rsplit_once(')')?;
        let mut fields = after.split_whitespace();
        let state = fields.next()?.chars().next()?;
        (fields.next()? == own).then(|| Child { state, peak: peak(&process) })
    };
    processes.filter(|name| name.chars().all(|c| c.is_ascii_digit())).filter_map(child).collect()
}

/// The most memory a process has held.
fn peak(process: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map_or_else(|| "unknown".to_owned(), |peak| peak.trim().to_owned())
}
