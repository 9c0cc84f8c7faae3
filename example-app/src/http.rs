//! As much HTTP as a status page needs: one request a connection, no bodies, everything bounded.
//!
//! No visitor can make the daemon grow: connections, request heads and the time for each are limited, a fixed number
//! of threads answers, and beyond the limits visitors are turned away.

use std::borrow::Cow;
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::log;

const WORKERS: usize = 4;
/// Connections with a request that wait for a worker.
const QUEUE: usize = 32;
/// Connections that have not said anything yet. Browsers open some ahead of need, so they must not hold a worker.
const SILENT: usize = 64;
/// The longest request line and header fields together, in bytes.
const HEAD_LIMIT: usize = 8 * 1024;
const HEADER_FIELDS: usize = 64;
/// The time that each of these may take: to say the first byte, to finish the request head, to take the response.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a visitor asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The path without the query, beginning with `/` and not decoded.
    pub path: String,
    /// The visitor's address.
    pub client: IpAddr,
    /// What the browser calls itself; may be empty.
    pub agent: String,
}

/// What the visitor gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: Cow<'static, [u8]>,
}

impl Response {
    /// A short plain text.
    pub fn text(status: u16, body: &'static str) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", body: Cow::Borrowed(body.as_bytes()) }
    }
}

type Handler = dyn Fn(&Request) -> Response + Send + Sync;

/// A running server.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stopping: Arc<AtomicBool>,
    wake: UnixStream,
    threads: Vec<JoinHandle<()>>,
}

impl Server {
    /// Answers the listener's connections from threads of its own until it is stopped.
    pub fn start(
        listener: TcpListener,
        handler: impl Fn(&Request) -> Response + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let (wake, woken) = UnixStream::pair()?;
        let stopping = Arc::new(AtomicBool::new(false));
        let handler: Arc<Handler> = Arc::new(handler);
        let (sender, receiver) = sync_channel(QUEUE);
        let receiver = Arc::new(Mutex::new(receiver));

        let mut threads = Vec::with_capacity(WORKERS + 1);
        for _ in 0..WORKERS {
            let (receiver, handler, stopping) = (Arc::clone(&receiver), Arc::clone(&handler), Arc::clone(&stopping));
            threads.push(spawn("worker", move || work(&receiver, &*handler, &stopping))?);
        }
        threads.push(spawn("accept", move || Lobby { listener, woken, silent: Vec::new(), sender }.run())?);
        Ok(Self { address, stopping, wake, threads })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections, finishes the requests that are being answered and returns when all threads are done,
    /// which visitors can delay by twice the patience at most.
    pub fn stop(self) {
        self.stopping.store(true, Ordering::Relaxed);
        // The other end sees this as readable.
        drop(self.wake);
        for thread in self.threads {
            let _ = thread.join();
        }
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).spawn(body)
}

/// Where connections wait until they have something to say.
struct Lobby {
    listener: TcpListener,
    woken: UnixStream,
    silent: Vec<(TcpStream, Instant)>,
    sender: SyncSender<TcpStream>,
}

impl Lobby {
    fn run(mut self) {
        while let Some((newcomers, speaking)) = self.wait() {
            let silent = std::mem::take(&mut self.silent);
            let now = Instant::now();
            for ((stream, since), speaks) in silent.into_iter().zip(speaking) {
                if speaks {
                    self.hand_over(stream);
                } else if now.duration_since(since) < PATIENCE {
                    self.silent.push((stream, since));
                }
            }
            if newcomers {
                self.accept();
            }
        }
    }

    /// Sleeps until something happens. Returns whether somebody is at the door and which of the silent speak; `None`
    /// when the server stops.
    fn wait(&self) -> Option<(bool, Vec<bool>)> {
        let streams = self.silent.iter().map(|(stream, _)| stream.as_fd());
        let mut fds: Vec<_> = [self.woken.as_fd(), self.listener.as_fd()]
            .into_iter()
            .chain(streams)
            .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))
            .collect();
        // Once a second is often enough to show the silent ones out.
        let tick = Timespec { tv_sec: 1, tv_nsec: 0 };
        let timeout = (!self.silent.is_empty()).then_some(&tick);
        if let Err(error) = poll(&mut fds, timeout) {
            if error != rustix::io::Errno::INTR {
                log::warn(&format!("cannot wait for connections: {error}"));
                thread::sleep(Duration::from_secs(1));
            }
            return Some((false, vec![false; self.silent.len()]));
        }
        let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
        (!ready[0]).then(|| (ready[1], ready[2..].to_vec()))
    }

    fn accept(&mut self) {
        match self.listener.accept() {
            Ok((stream, _)) if self.silent.len() < SILENT => self.silent.push((stream, Instant::now())),
            Ok((stream, _)) => turn_away(&stream),
            // The visitor left again, or somebody else was faster.
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::ConnectionAborted) => {}
            Err(error) => {
                // Out of file descriptors or memory: the connection stays at the door, so trying at once would spin.
                log::warn(&format!("cannot accept a connection: {error}"));
                thread::sleep(Duration::from_secs(1));
            }
        }
    }

    fn hand_over(&self, stream: TcpStream) {
        if let Err(TrySendError::Full(stream) | TrySendError::Disconnected(stream)) = self.sender.try_send(stream) {
            turn_away(&stream);
        }
    }
}

/// Says that there is no room. A visitor who does not take even that is not waited for.
fn turn_away(mut stream: &TcpStream) {
    if stream.set_nonblocking(true).is_ok() {
        let _ = stream.write(&render(&Response::text(503, "busy, try again\n"), true));
    }
}

fn work(receiver: &Mutex<Receiver<TcpStream>>, handler: &Handler, stopping: &AtomicBool) {
    loop {
        let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(stream) = next else { return };
        if !stopping.load(Ordering::Relaxed) {
            // Visitors who break off are no news.
            let _ = serve(stream, handler);
        }
    }
}

fn serve(mut stream: TcpStream, handler: &Handler) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let client = stream.peer_addr()?.ip().to_canonical();
    let (response, with_body) = match read_head(&mut stream, client)? {
        Ok((request, with_body)) => {
            // A mistake in a handler costs its visitor the answer, but not everybody a worker.
            let answer = catch_unwind(AssertUnwindSafe(|| handler(&request)));
            (answer.unwrap_or_else(|_| Response::text(500, "internal error\n")), with_body)
        }
        Err(refusal) => (refusal, true),
    };
    stream.write_all(&render(&response, with_body))?;
    stream.shutdown(Shutdown::Write)?;
    if response.status >= 400 {
        // Closing with unread input resets the connection, and the visitor may never see why.
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        io::copy(&mut stream.take(64 * 1024), &mut io::sink())?;
    }
    Ok(())
}

/// Reads a request and whether its answer has a body, or what to say instead of an answer.
fn read_head(stream: &mut TcpStream, client: IpAddr) -> io::Result<Result<(Request, bool), Response>> {
    let deadline = Instant::now() + PATIENCE;
    let mut head = Vec::with_capacity(1024);
    loop {
        match parse_head(&head, client) {
            Ok(None) if head.len() >= HEAD_LIMIT => return Ok(Err(Response::text(431, "request too long\n"))),
            Ok(None) => {}
            Ok(Some(request)) => return Ok(Ok(request)),
            Err(refusal) => return Ok(Err(refusal)),
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(Err(Response::text(408, "request too slow\n")));
        }
        stream.set_read_timeout(Some(left))?;
        let mut chunk = [0; 1024];
        let room = chunk.len().min(HEAD_LIMIT - head.len());
        match stream.read(&mut chunk[..room]) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(len) => head.extend_from_slice(&chunk[..len]),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted => {}
                _ => return Err(error),
            },
        }
    }
}

/// `None` while the head is incomplete.
fn parse_head(head: &[u8], client: IpAddr) -> Result<Option<(Request, bool)>, Response> {
    let mut fields = [httparse::EMPTY_HEADER; HEADER_FIELDS];
    let mut parsed = httparse::Request::new(&mut fields);
    match parsed.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Response::text(431, "too many header fields\n")),
        Err(_) => return Err(Response::text(400, "not an HTTP request\n")),
    }
    let with_body = match parsed.method {
        Some("GET") => true,
        Some("HEAD") => false,
        _ => return Err(Response::text(405, "only GET and HEAD\n")),
    };
    let target = parsed.path.unwrap_or_default();
    let path = target.split(['?', '#']).next().unwrap_or_default();
    if !path.starts_with('/') {
        return Err(Response::text(400, "the path must begin with /\n"));
    }
    let agent = parsed.headers.iter().find(|field| field.name.eq_ignore_ascii_case("user-agent"));
    let agent = agent.map_or(Cow::Borrowed(""), |field| String::from_utf8_lossy(field.value));
    Ok(Some((Request { path: path.to_owned(), client, agent: agent.into_owned() }, with_body)))
}

fn render(response: &Response, with_body: bool) -> Vec<u8> {
    let reason = match response.status {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    };
    let allow = if response.status == 405 { "Allow: GET, HEAD\r\n" } else { "" };
    let mut bytes = format!(
        "HTTP/1.1 {} {reason}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{allow}Connection: close\r\n\
         Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\
         Content-Security-Policy: default-src 'none'; connect-src 'self'; img-src data:; \
         script-src 'unsafe-inline'; style-src 'unsafe-inline'\r\n\r\n",
        response.status,
        response.content_type,
        response.body.len(),
    )
    .into_bytes();
    if with_body {
        bytes.extend_from_slice(&response.body);
    }
    bytes
}
