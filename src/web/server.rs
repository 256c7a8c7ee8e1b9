//! The listening side: accepts connections, at most so many, closes those whose request head does not
//! come, and at the end lets running requests finish.

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt as _;

/// Connections at a time; further ones wait in the system's queue.
const CONNECTIONS: usize = 1024;
/// How long a request's head may take to arrive, and an idle connection stays open.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);
/// Pause after the system refused a connection, as when no file handle is left.
const AFTER_REFUSAL: Duration = Duration::from_millis(200);

/// Bounds of the listening side.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    connections: usize,
    head_patience: Duration,
}

/// Serves until `shutdown` resolves, then lets running requests end.
///
/// # Errors
/// None today: what fails on one connection ends that connection.
pub async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    serve_within(Bounds { connections: CONNECTIONS, head_patience: HEAD_PATIENCE }, listener, router, shutdown).await;
    Ok(())
}

async fn serve_within(bounds: Bounds, listener: TcpListener, router: Router, shutdown: impl Future<Output = ()> + Send) {
    let places = Arc::new(Semaphore::new(bounds.connections));
    let (stop, stopped) = watch::channel(false);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
            Ok::<_, io::Error>((place, listener.accept().await?.0))
        };
        tokio::select! {
            () = &mut shutdown => break,
            accepted = accepted => match accepted {
                Ok((place, stream)) => {
                    tokio::spawn(connection(stream, router.clone(), bounds.head_patience, stopped.clone(), place));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(AFTER_REFUSAL).await;
                }
            },
        }
    }
    drop(listener);
    drop(stopped);
    let _ = stop.send(true);
    stop.closed().await; // every connection holds a receiver
}

async fn connection(
    stream: TcpStream,
    router: Router,
    head_patience: Duration,
    mut stopped: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) {
    let service = TowerToHyperService::new(router.map_request(|request: hyper::Request<Incoming>| request.map(Body::new)));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head_patience);
    let mut serving = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let asked_to_stop = async {
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    let ended = tokio::select! {
        ended = serving.as_mut() => Some(ended),
        () = asked_to_stop => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    async fn started(bounds: Bounds) -> (std::net::SocketAddr, tokio::sync::oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
        let slow = || async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            "done"
        };
        let router = Router::new().route("/", get(|| async { "here" })).route("/slow", get(slow));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let server = tokio::spawn(serve_within(bounds, listener, router, async {
            let _ = stopped.await;
        }));
        (address, stop, server)
    }

    async fn answer(stream: &mut TcpStream, path: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn a_head_that_does_not_come_closes_the_connection_and_frees_its_place() {
        let (address, stop, server) = started(Bounds { connections: 1, head_patience: Duration::from_millis(200) }).await;
        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(b"GET / HTTP/1.1\r\nHost:").await.unwrap();
        let mut next = TcpStream::connect(address).await.unwrap();
        let text = tokio::time::timeout(Duration::from_secs(10), answer(&mut next, "/")).await.unwrap();
        assert!(text.ends_with("here"), "{text}");
        let mut rest = Vec::new();
        let closed = tokio::time::timeout(Duration::from_secs(10), slow.read_to_end(&mut rest)).await;
        assert!(closed.is_ok(), "the slow one is closed");
        drop(stop);
        server.await.unwrap();
    }

    #[tokio::test]
    async fn a_running_request_ends_before_the_server_does() {
        let (address, stop, server) = started(Bounds { connections: 10, head_patience: Duration::from_secs(30) }).await;
        let mut idle = TcpStream::connect(address).await.unwrap();
        let running = tokio::spawn(async move { answer(&mut TcpStream::connect(address).await.unwrap(), "/slow").await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(10), server).await.unwrap().unwrap();
        assert!(running.await.unwrap().ends_with("done"));
        assert_eq!(idle.read(&mut [0; 8]).await.unwrap_or(0), 0, "an idle connection is closed");
    }
}
