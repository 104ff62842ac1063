//! A TCP proxy that does what a bad wire does.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::SockRef;

use super::program::HUNG;
use crate::fault::{AfterRequest, Fault, Place, Plan};

/// How long [`Fault::Delay`] holds the rest: long enough to be a read of its own, less than what decides anything.
const DELAY: Duration = Duration::from_millis(30);

/// Between the bytes of [`Fault::Split`], so that each can be read by itself.
const BETWEEN_BYTES: Duration = Duration::from_micros(500);

/// A proxy on loopback. The first connection has the fault; whoever comes again finds the wire in order.
pub(crate) struct Proxy {
    address: SocketAddr,
    common: Arc<Common>,
    accepting: JoinHandle<Vec<JoinHandle<Passed>>>,
}

struct Common {
    device: SocketAddr,
    plan: Plan,
    ending: AtomicBool,
    /// Whether what is held may go on.
    released: Mutex<bool>,
    told: Condvar,
}

/// What came of one connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Passed {
    pub(crate) from_client: Vec<u8>,
    pub(crate) to_device: Vec<u8>,
    pub(crate) to_client: Vec<u8>,
    /// Whether the proxy has ended it.
    pub(crate) ended: bool,
}

impl Proxy {
    pub(crate) fn start(device: SocketAddr, plan: Plan) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (ending, released, told) = (AtomicBool::new(false), Mutex::new(false), Condvar::new());
        let common = Arc::new(Common { device, plan, ending, released, told });
        let accepting = thread::spawn({
            let common = Arc::clone(&common);
            move || accept(&listener, &common)
        });
        Self { address, common, accepting }
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Lets go on what is held, waits until all connections have ended, and tells what passed, one connection after the
    /// other. The client must have gone.
    pub(crate) fn end(self) -> Vec<Passed> {
        *self.common.released.lock().unwrap() = true;
        self.common.told.notify_all();
        self.common.ending.store(true, Ordering::Relaxed);
        // One more, to be heard.
        drop(TcpStream::connect(self.address));
        let serving = self.accepting.join().unwrap();
        serving.into_iter().map(|connection| connection.join().unwrap()).collect()
    }
}

fn accept(listener: &TcpListener, common: &Arc<Common>) -> Vec<JoinHandle<Passed>> {
    let mut serving = Vec::new();
    for client in listener.incoming().map_while(Result::ok) {
        if common.ending.load(Ordering::Relaxed) {
            break;
        }
        let (common, is_first) = (Arc::clone(common), serving.is_empty());
        serving.push(thread::spawn(move || common.serve(client, is_first)));
    }
    serving
}

impl Common {
    fn serve(&self, client: TcpStream, is_first: bool) -> Passed {
        if is_first && self.plan.place == Place::AtOnce {
            end(self.plan.fault, &client);
            let from_client = drain(self.plan.fault, &client);
            return Passed { from_client, ended: true, ..Passed::default() };
        }
        let device = TcpStream::connect(self.device).unwrap();
        for side in [&client, &device] {
            side.set_nodelay(true).unwrap();
            side.set_read_timeout(Some(HUNG)).unwrap();
        }
        let (mut up, mut down) = (Way::new(&client, &device), Way::new(&device, &client));
        let ends = is_first && self.plan.fault.ends_it();
        match ends {
            true => self.pass_until_it_ends(&mut up, &mut down),
            false => self.pass_all(&mut up, &mut down, is_first),
        }
        let (to_device, to_client) = (up.read[..up.passed].to_vec(), down.read[..down.passed].to_vec());
        let mut from_client = up.read;
        if ends {
            end(self.plan.fault, &client);
            end(self.plan.fault, &device);
            from_client.extend(drain(self.plan.fault, &client));
            drain(self.plan.fault, &device);
        }
        Passed { from_client, to_device, to_client, ended: ends }
    }

    /// One message after the other, each of which has come whole before any of it goes on: so it is certain what each side
    /// has done when the end comes.
    fn pass_until_it_ends(&self, up: &mut Way, down: &mut Way) {
        let Plan { place, shape, .. } = self.plan;
        down.gather(shape.greeting);
        if let Place::Greeting(offset) = place {
            return down.pass(offset);
        }
        down.pass(shape.greeting);
        self.gather_request(up);
        if let Place::Request(offset) = place {
            return up.pass(offset);
        }
        up.pass(shape.request);
        if shape.after_request == AfterRequest::HalfCloses {
            up.end();
        }
        down.gather(shape.greeting + shape.answer);
        down.pass(shape.greeting + place.offset().unwrap_or_default());
    }

    fn gather_request(&self, up: &mut Way) {
        match self.plan.shape.after_request {
            AfterRequest::HalfCloses => up.gather_all(),
            AfterRequest::StaysOpen => up.gather(self.plan.shape.request),
        }
    }

    fn pass_all(&self, up: &mut Way, down: &mut Way, is_first: bool) {
        let greeting = self.plan.shape.greeting;
        thread::scope(|scope| {
            scope.spawn(|| {
                if let (true, Place::Request(offset)) = (is_first, self.plan.place) {
                    up.pass_on_until(offset);
                    self.hinder(up, |up| self.gather_request(up));
                }
                up.pass_on();
            });
            if let (true, Place::Greeting(_) | Place::Answer(_)) = (is_first, self.plan.place) {
                let (offset, end) = match self.plan.place {
                    Place::Greeting(offset) => (offset, greeting),
                    place => (greeting + place.offset().unwrap_or_default(), greeting + self.plan.shape.answer),
                };
                down.pass_on_until(offset);
                self.hinder(down, |down| down.gather(end));
            }
            down.pass_on();
        });
    }

    fn hinder(&self, way: &mut Way, gather_message: impl FnOnce(&mut Way)) {
        match self.plan.fault {
            Fault::Delay => thread::sleep(DELAY),
            Fault::Hold => self.wait_for_release(),
            Fault::Split => way.pass_on_by_bytes(),
            Fault::Merge => {
                gather_message(way);
                way.pass(usize::MAX);
            }
            Fault::Cut | Fault::Reset => unreachable!("these end it"),
        }
    }

    fn wait_for_release(&self) {
        let released = self.released.lock().unwrap();
        let (_released, waited) = self.told.wait_timeout_while(released, HUNG, |released| !*released).unwrap();
        assert!(!waited.timed_out(), "nobody lets go on what is held");
    }
}

/// One direction of a connection.
struct Way<'a> {
    from: &'a TcpStream,
    to: &'a TcpStream,
    read: Vec<u8>,
    /// How many of these have been passed on.
    passed: usize,
}

impl<'a> Way<'a> {
    fn new(from: &'a TcpStream, to: &'a TcpStream) -> Self {
        Self { from, to, read: Vec::new(), passed: 0 }
    }

    /// Reads what there is; false where nothing more comes.
    fn hear(&mut self) -> bool {
        let mut buffer = [0; 1024];
        // A sender that resets says no more than one that ends.
        let count = self.from.read(&mut buffer).unwrap_or(0);
        self.read.extend(&buffer[..count]);
        count > 0
    }

    /// Reads until there are so many bytes in all.
    fn gather(&mut self, size: usize) {
        while self.read.len() < size && self.hear() {}
    }

    fn gather_all(&mut self) {
        self.gather(usize::MAX);
    }

    /// Passes on, in one piece, what has been read, up to so many bytes in all.
    fn pass(&mut self, size: usize) {
        let size = size.min(self.read.len());
        // Who has gone gets nothing.
        if size > self.passed && self.to.write_all(&self.read[self.passed..size]).is_ok() {
            self.passed = size;
        }
    }

    fn pass_on_until(&mut self, size: usize) {
        self.pass(size);
        while self.read.len() < size && self.hear() {
            self.pass(size);
        }
    }

    fn pass_on_by_bytes(&mut self) {
        while self.read.len() > self.passed || self.hear() {
            let before = self.passed;
            self.pass(before + 1);
            if self.passed == before {
                return;
            }
            thread::sleep(BETWEEN_BYTES);
        }
    }

    /// Passes on all that comes, and the end behind it.
    fn pass_on(&mut self) {
        self.pass(usize::MAX);
        while self.hear() {
            self.pass(usize::MAX);
        }
        self.end();
    }

    fn end(&self) {
        // Who has gone needs no end.
        let _ = self.to.shutdown(Shutdown::Write);
    }
}

/// The end of a connection, as the fault has it. A reset comes when it is let go of.
fn end(fault: Fault, side: &TcpStream) {
    match fault {
        Fault::Reset => SockRef::from(side).set_linger(Some(Duration::ZERO)).unwrap(),
        // Who has gone needs no end.
        _ => drop(side.shutdown(Shutdown::Write)),
    }
}

/// What still comes. Closed with something unread a connection would be reset.
fn drain(fault: Fault, mut side: &TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    if fault != Fault::Reset {
        side.set_read_timeout(Some(HUNG)).unwrap();
        let _ = side.read_to_end(&mut rest);
    }
    rest
}
