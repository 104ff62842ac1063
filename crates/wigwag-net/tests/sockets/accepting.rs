//! The accept loop: limits, stop, grace.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use wigwag_net::accept::{Accepted, Changes, Limits, Listener, Stats, Stop, serve};

use crate::{drain, in_time};

fn generous() -> Limits {
    Limits { connections: 256, grace: Duration::from_secs(60), ..Limits::default() }
}

/// A running accept loop.
struct Served {
    address: SocketAddr,
    stop: Stop,
    stats: Arc<Stats>,
    task: JoinHandle<()>,
}

fn start<H, F>(limits: Limits, handler: H) -> Served
where
    H: FnMut(Accepted) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let listener = Listener::bind(&["127.0.0.1:0".parse().unwrap()]).unwrap();
    let address = listener.local_addrs()[0];
    let (stop, stats) = (Stop::new(), Arc::new(Stats::default()));
    let task = tokio::spawn({
        let (stop, stats) = (stop.clone(), stats.clone());
        async move { serve(listener, limits, Changes::none(), stop, &stats, handler).await }
    });
    Served { address, stop, stats, task }
}

/// Answers each byte with itself until the client ends.
async fn echo(mut accepted: Accepted) {
    let mut byte = [0; 1];
    while matches!(accepted.stream.read(&mut byte).await, Ok(1)) {
        if accepted.stream.write_all(&byte).await.is_err() {
            return;
        }
    }
}

async fn echoes(stream: &mut TcpStream) -> bool {
    let mut byte = [0; 1];
    let echoed = async {
        stream.write_all(b"x").await?;
        stream.read_exact(&mut byte).await
    };
    in_time(echoed).await.is_ok()
}

async fn connect(address: SocketAddr) -> TcpStream {
    in_time(TcpStream::connect(address)).await.unwrap()
}

#[tokio::test]
async fn many_clients() {
    let served = start(generous(), echo);
    let clients = (0..200).map(|_| {
        let address = served.address;
        tokio::spawn(async move { echoes(&mut connect(address).await).await })
    });

    for client in clients.collect::<Vec<_>>() {
        assert!(in_time(client).await.unwrap());
    }

    served.stop.stop();
    in_time(served.task).await.unwrap();
    let counts = served.stats.counts();
    assert_eq!((counts.accepted, counts.finished, counts.open()), (200, 200, 0));
}

#[tokio::test]
async fn stop_finishes_what_is_in_flight() {
    let (started, mut starts) = mpsc::unbounded_channel();
    let served = start(generous(), move |mut accepted: Accepted| {
        let started = started.clone();
        async move {
            started.send(()).unwrap();
            accepted.stop.stopped().await;
            accepted.stream.write_all(b"answer").await.unwrap();
        }
    });
    let client = connect(served.address).await;
    in_time(starts.recv()).await.unwrap();

    served.stop.stop();

    assert_eq!(drain(client).await, b"answer");
    in_time(served.task).await.unwrap();
    assert!(TcpStream::connect(served.address).await.is_err(), "nobody listens any more");
    assert_eq!(served.stats.counts().finished, 1);
}

#[tokio::test]
async fn grace_has_an_end() {
    let limits = Limits { grace: Duration::from_millis(20), ..generous() };
    let served = start(limits, |accepted: Accepted| async move {
        let _kept = accepted;
        std::future::pending().await
    });
    let client = connect(served.address).await;
    while served.stats.counts().accepted == 0 {
        tokio::task::yield_now().await;
    }

    served.stop.stop();

    in_time(served.task).await.unwrap();
    assert_eq!(drain(client).await, b"");
    let counts = served.stats.counts();
    assert_eq!((counts.aborted, counts.open()), (1, 0));
}

/// As [`echo`], and says when it acts.
async fn attentive_echo(mut accepted: Accepted) {
    let mut byte = [0; 1];
    while matches!(accepted.stream.read(&mut byte).await, Ok(1)) {
        accepted.seat.acts();
        if accepted.stream.write_all(&byte).await.is_err() {
            return;
        }
        accepted.seat.waits();
    }
}

#[tokio::test]
async fn over_the_limit_whoever_has_been_longest_without_a_request_gives_way() {
    let served = start(Limits { connections: 2, ..generous() }, attentive_echo);
    let mut first = connect(served.address).await;
    assert!(echoes(&mut first).await);
    let mut second = connect(served.address).await;
    assert!(echoes(&mut second).await && echoes(&mut first).await);

    let mut third = connect(served.address).await;

    assert!(echoes(&mut third).await);
    assert_eq!(drain(second).await, b"");
    assert!(echoes(&mut first).await, "who asked after the second stays");
    let counts = served.stats.counts();
    assert_eq!((counts.gave_way, counts.over_limit, counts.open()), (1, 0, 2));
}

#[tokio::test]
async fn who_has_asked_gives_way_to_no_flood_of_those_that_never_do() {
    let served = start(Limits { connections: 4, ..generous() }, attentive_echo);
    let mut regulars = Vec::new();
    for _ in 0..4 {
        let mut regular = connect(served.address).await;
        assert!(echoes(&mut regular).await);
        regulars.push(regular);
    }

    let mut flood = Vec::new();
    for _ in 0..100 {
        flood.push(connect(served.address).await);
    }
    while served.stats.counts().accepted < 104 {
        tokio::task::yield_now().await;
    }

    let mut last = regulars.pop().unwrap();
    assert!(echoes(&mut last).await, "it asked last of all");
    for longer_without in regulars {
        assert_eq!(drain(longer_without).await, b"", "newcomers have room, too");
    }
    assert!(echoes(&mut flood.pop().unwrap()).await, "who came last may ask");
    assert_eq!(served.stats.counts().gave_way, 100);
}

/// The runtime has one thread, so that none of them is accepted before all are there.
#[tokio::test]
async fn who_is_let_in_is_heard_however_many_wait_outside() {
    use std::io::Write;
    let served = start(Limits { connections: 64, ..generous() }, attentive_echo);
    let (mut ask, mut idle) = (Vec::new(), Vec::new());
    for turn in 0..400 {
        let mut client = std::net::TcpStream::connect(served.address).unwrap();
        client.set_nonblocking(true).unwrap();
        if turn % 10 == 0 {
            client.write_all(b"x").unwrap();
            ask.push(TcpStream::from_std(client).unwrap());
        } else {
            idle.push(client);
        }
    }

    for mut client in ask {
        assert_eq!(in_time(client.read(&mut [0])).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn nobody_gives_way_while_it_is_acted_for() {
    let served = start(Limits { connections: 1, ..generous() }, |accepted: Accepted| async move {
        accepted.seat.acts();
        std::future::pending::<()>().await;
        drop(accepted);
    });
    let _first = connect(served.address).await;
    while served.stats.counts().accepted == 0 {
        tokio::task::yield_now().await;
    }
    tokio::task::yield_now().await;

    assert_eq!(drain(connect(served.address).await).await, b"");

    let counts = served.stats.counts();
    assert_eq!((counts.gave_way, counts.over_limit, counts.open()), (0, 1, 1));
}

#[tokio::test]
async fn an_address_makes_room_for_itself() {
    let served = start(Limits { connections: 8, per_address: 1, ..generous() }, attentive_echo);
    let from = |address: &str| {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(address.parse().unwrap()).unwrap();
        socket.connect(served.address)
    };
    let mut other = from("127.0.0.2:0").await.unwrap();
    assert!(echoes(&mut other).await);
    let mut first = from("127.0.0.3:0").await.unwrap();
    assert!(echoes(&mut first).await);

    let mut second = from("127.0.0.3:0").await.unwrap();

    assert!(echoes(&mut second).await);
    assert_eq!(drain(first).await, b"");
    assert!(echoes(&mut other).await, "others have nothing to do with it");
    assert_eq!(served.stats.counts().gave_way, 1);
}

#[tokio::test]
async fn only_who_is_allowed_is_served() {
    let allow = Some(["127.0.0.2/32".parse().unwrap()].into());
    let served = start(Limits { allow, ..generous() }, echo);
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let mut allowed = socket.connect(served.address).await.unwrap();
    assert!(echoes(&mut allowed).await);

    assert_eq!(drain(connect(served.address).await).await, b"");

    let counts = served.stats.counts();
    assert_eq!((counts.not_allowed, counts.open()), (1, 1));
}

#[tokio::test]
async fn a_panic_ends_one_connection() {
    let served = start(generous(), |mut accepted: Accepted| async move {
        let mut byte = [0; 1];
        assert_ne!(accepted.stream.read(&mut byte).await.unwrap(), 0, "a panic on purpose");
        echo(accepted).await;
    });
    drop(connect(served.address).await);
    while served.stats.counts().panicked == 0 {
        tokio::task::yield_now().await;
    }

    let mut client = connect(served.address).await;
    client.write_all(b"_").await.unwrap();
    assert!(echoes(&mut client).await);
}

#[tokio::test]
async fn dropping_the_loop_closes_everything() {
    let served = start(generous(), echo);
    let mut client = connect(served.address).await;
    assert!(echoes(&mut client).await);

    served.task.abort();

    assert_eq!(drain(client).await, b"");
}

#[tokio::test]
async fn several_addresses_are_one_listener() {
    let wildcard = "[::1]:0".parse().unwrap();
    let Ok(listener) = Listener::bind(&["127.0.0.1:0".parse().unwrap(), wildcard]) else {
        return; // a machine without IPv6
    };
    let (addresses, stop) = (listener.local_addrs(), Stop::new());
    let stats = Stats::default();
    let clients = async {
        for &address in addresses.iter().chain(&addresses) {
            assert!(echoes(&mut connect(address).await).await);
        }
        stop.stop();
    };

    in_time(async { tokio::join!(serve(listener, generous(), Changes::none(), stop.clone(), &stats, echo), clients) })
        .await;

    assert_eq!(stats.counts().accepted, 4);
}

#[tokio::test]
async fn both_wildcards_may_be_asked_for() {
    let any = Listener::bind(&["0.0.0.0:0".parse().unwrap()]).unwrap();
    let port = any.local_addrs()[0].port();
    drop(any);
    let both = [format!("0.0.0.0:{port}").parse().unwrap(), format!("[::]:{port}").parse().unwrap()];

    match Listener::bind(&both) {
        Ok(listener) => assert_eq!(listener.local_addrs(), both),
        Err(error) => assert!(error.address.is_ipv6(), "only a machine without IPv6 may refuse: {error}"),
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_had() {
    let listener = Listener::bind(&["127.0.0.1:0".parse().unwrap()]).unwrap();
    let taken = listener.local_addrs()[0];

    let error = Listener::bind(&[taken]).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot listen on {taken}: address already in use"));

    let error = Listener::bind(&["192.0.2.1:0".parse().unwrap()]).unwrap_err();
    assert_eq!(error.to_string(), "cannot listen on 192.0.2.1:0: address not available");
}
