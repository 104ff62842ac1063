//! TLS with real handshakes: whom we trust, what is said when we do not, and where the commit point lies.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use wigwag_net::{Connection, DialError, Dialer, HalfClose, Progress, Received, Tls, TlsConfigError, TlsOptions};
use wigwag_protocol::outcome::Unreachable;

use crate::certificates::{Authority, params_for, self_signed_authority};
use crate::{at, dial, drain, in_time, listen, read_to_end};

const BOTH: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

async fn accept(listener: &TcpListener, config: ServerConfig) -> std::io::Result<TlsStream<TcpStream>> {
    let (stream, _) = in_time(listener.accept()).await?;
    in_time(TlsAcceptor::from(Arc::new(config)).accept(stream)).await
}

fn secured(tls: &Tls) -> Dialer {
    Dialer { tls: Some(tls.clone()), ..Dialer::default() }
}

/// A client and a device that may or may not have come to terms.
async fn meet(
    tls: &Tls,
    config: ServerConfig,
) -> (Result<Connection, DialError>, std::io::Result<TlsStream<TcpStream>>) {
    let (listener, address) = listen().await;
    let (dialer, endpoint) = (secured(tls), at(address));
    tokio::join!(dial(&dialer, &endpoint), accept(&listener, config))
}

async fn pair(tls: &Tls, config: ServerConfig) -> (Connection, TlsStream<TcpStream>) {
    let (connection, device) = meet(tls, config).await;
    (connection.unwrap(), device.unwrap())
}

async fn refused(tls: &Tls, config: ServerConfig) -> DialError {
    let error = meet(tls, config).await.0.unwrap_err();
    assert_eq!(error.reason, Unreachable::Tls);
    error
}

#[tokio::test]
async fn a_command_and_its_answer() {
    let authority = Authority::new();
    for (version, name) in BOTH.into_iter().zip(["TLS 1.2", "TLS 1.3"]) {
        let identity = authority.device();
        let (mut connection, mut device) = pair(&authority.tls(), identity.server(version)).await;
        let facts = connection.tls().unwrap();
        assert_eq!((facts.version, facts.certificates), (name, vec![identity.certificate.as_ref()]));
        assert!(facts.cipher_suite.starts_with("TLS"), "{}", facts.cipher_suite);

        in_time(connection.write_all(b"\x1bSTATUS\r")).await.unwrap();
        assert_eq!(connection.taken(), 8);
        let mut request = [0; 8];
        in_time(device.read_exact(&mut request)).await.unwrap();
        device.write_all(b"OK\0").await.unwrap();
        device.shutdown().await.unwrap();

        let (answer, end) = read_to_end(&mut connection).await;
        assert_eq!((answer.as_slice(), end.unwrap()), (&b"OK\0"[..], Received::End), "{name}");
    }
}

#[tokio::test]
async fn progress_tells_what_was_agreed_on() {
    let authority = Authority::new();
    let (listener, address) = listen().await;
    let (dialer, endpoint) = (secured(&authority.tls()), at(address));
    let mut versions = Vec::new();
    let mut progress = |progress: Progress<'_>| {
        if let Progress::Secured { facts } = progress {
            versions.push(facts.version);
        }
    };

    let (connection, _device) =
        tokio::join!(dialer.dial(&endpoint, &mut progress), accept(&listener, authority.device().server(&TLS13)));

    connection.unwrap();
    assert_eq!(versions, ["TLS 1.3"]);
}

#[tokio::test]
async fn an_unknown_authority() {
    let error = refused(&Authority::new().tls(), Authority::named("Another").device().server(&TLS13)).await;

    assert_eq!(error.message, "certificate is not signed by a known authority");
    assert_eq!(error.hint.as_deref(), Some("give its CA with --tls-ca"));
    assert!(error.lasting);
}

#[tokio::test]
async fn an_authority_that_was_made_anew() {
    let error = refused(&Authority::new().tls(), Authority::new().device().server(&TLS13)).await;

    assert_eq!(error.message, "certificate is not signed by the authority that it names");
}

#[tokio::test]
async fn a_certificate_without_its_key() {
    let authority = Authority::new();
    let insecure = Tls::load(&TlsOptions { insecure: true, ..TlsOptions::default() }).unwrap();
    for (version, tls) in BOTH.into_iter().flat_map(|version| [(version, authority.tls()), (version, insecure.clone())])
    {
        let error = refused(&tls, authority.device().impostor(version)).await;

        assert_eq!(error.message, "the device does not hold the key of its certificate");
        assert!(error.lasting);
    }
}

#[tokio::test]
async fn another_name() {
    let authority = Authority::new();

    let error = refused(&authority.tls(), authority.issue(params_for("other.example")).server(&TLS13)).await;

    assert_eq!(error.message, "certificate is for other.example, not for 127.0.0.1");
    assert!(error.hint.unwrap().contains("--tls-server-name"));
    let options = TlsOptions { server_name: Some("other.example".to_owned()), ..authority.trusted() };
    pair(&Tls::load(&options).unwrap(), authority.issue(params_for("other.example")).server(&TLS13)).await;
}

#[tokio::test]
async fn another_address_and_no_name() {
    let authority = Authority::new();

    let error = refused(&authority.tls(), authority.issue(params_for("10.4.0.7")).server(&TLS13)).await;
    assert_eq!(error.message, "certificate is for 10.4.0.7, not for 127.0.0.1");

    let nameless = rcgen::CertificateParams::new(Vec::new()).unwrap();
    let error = refused(&authority.tls(), authority.issue(nameless).server(&TLS13)).await;
    assert_eq!(error.message, "certificate bears no name, so it is not for 127.0.0.1");
}

#[tokio::test]
async fn an_expired_certificate() {
    let authority = Authority::new();

    let error = refused(&authority.tls(), authority.expired().server(&TLS12)).await;

    assert_eq!(error.message, "certificate expired on 2026-01-01");
}

#[tokio::test]
async fn insecure_takes_any_certificate() {
    let tls = Tls::load(&TlsOptions { insecure: true, ..TlsOptions::default() }).unwrap();
    for version in BOTH {
        pair(&tls, Authority::new().expired().server(version)).await;
    }
}

#[tokio::test]
async fn a_device_whose_own_certificate_was_given_is_trusted_though_it_says_it_is_an_authority() {
    let (folder, device) = (Authority::new(), self_signed_authority("127.0.0.1"));
    let options = TlsOptions { ca: Some(folder.write("device.pem", &device.certificate_pem)), ..TlsOptions::default() };

    pair(&Tls::load(&options).unwrap(), device.server(&TLS13)).await;

    let other = self_signed_authority("press-7");
    let options = TlsOptions { ca: Some(folder.write("other.pem", &other.certificate_pem)), ..TlsOptions::default() };
    let error = refused(&Tls::load(&options).unwrap(), other.server(&TLS13)).await;
    assert_eq!(error.message, "certificate is for press-7, not for 127.0.0.1");

    let error = refused(&Authority::new().tls(), device.server(&TLS13)).await;
    assert_eq!(error.message, "certificate is a certificate authority's own, not a device's");
}

#[tokio::test]
async fn mutual_tls() {
    let authority = Authority::new();
    for version in BOTH {
        let config = authority.device().mutual_server(version, &authority);
        let (mut connection, mut device) = pair(&authority.mutual_tls(), config).await;
        in_time(connection.write_all(b"PING")).await.unwrap();
        let mut request = [0; 4];
        in_time(device.read_exact(&mut request)).await.unwrap();
    }
}

#[tokio::test]
async fn a_missing_client_certificate_on_tls_1_2_shows_before_the_commit_point() {
    let authority = Authority::new();

    let error = refused(&authority.tls(), authority.device().mutual_server(&TLS12, &authority)).await;

    assert_eq!(error.message, "the device refused TLS with the alert \"certificate required\"");
    assert_eq!(error.hint.as_deref(), Some("give a client certificate with --tls-cert"));
    assert!(error.lasting);
}

#[tokio::test]
async fn a_missing_client_certificate_on_tls_1_3_shows_after_it_and_is_named() {
    let authority = Authority::new();
    let (connection, device) = meet(&authority.tls(), authority.device().mutual_server(&TLS13, &authority)).await;
    let mut connection = connection.unwrap();
    assert!(device.is_err());

    // Whether the write still succeeds depends on how fast the device's reset comes; the alert is named in any case.
    let written = in_time(connection.write_all(b"PING")).await;
    let error = match written {
        Err(error) => error,
        Ok(()) => read_to_end(&mut connection).await.1.unwrap_err(),
    };

    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(error.to_string(), "the device ended TLS with the alert \"certificate required\"");
}

#[tokio::test]
async fn a_device_that_does_not_speak_tls() {
    let (listener, address) = listen().await;
    let greeter = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        drain(stream).await
    };
    let (dialer, endpoint) = (secured(&Authority::new().tls()), at(address));

    let (connection, _) = tokio::join!(dial(&dialer, &endpoint), greeter);

    let error = connection.unwrap_err();
    assert_eq!((error.reason, error.message.as_str()), (Unreachable::Tls, "the device does not speak TLS"));
    assert!(!error.lasting);
}

#[tokio::test]
async fn a_device_that_hangs_up_on_the_client_hello() {
    let (listener, address) = listen().await;
    let hang_up = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_buf(&mut Vec::with_capacity(4096)).await.unwrap();
    };
    let (dialer, endpoint) = (secured(&Authority::new().tls()), at(address));

    let (connection, ()) = tokio::join!(dial(&dialer, &endpoint), hang_up);

    let error = connection.unwrap_err();
    assert_eq!(error.reason, Unreachable::Tls);
    assert_eq!(error.message, "the device closed the connection during the TLS handshake");
}

#[tokio::test]
async fn a_device_that_never_answers_the_client_hello() {
    let (_listener, address) = listen().await;
    let dialer = Dialer { timeout: Some(Duration::from_millis(100)), ..secured(&Authority::new().tls()) };

    let error = dial(&dialer, &at(address)).await.unwrap_err();

    assert_eq!(error.reason, Unreachable::Tls);
    assert_eq!(error.message, "the device did not finish the TLS handshake within 100 ms");
}

#[tokio::test]
async fn a_dropped_handshake_closes_its_socket() {
    let (listener, address) = listen().await;
    let (dialer, endpoint) = (secured(&Authority::new().tls()), at(address));
    let mut progress = |_: Progress<'_>| {};
    let mut dial = Box::pin(dialer.dial(&endpoint, &mut progress));
    let mut stream = tokio::select! {
        _ = &mut dial => panic!("nobody answers the hello"),
        hello = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_u8().await.unwrap();
            stream
        } => hello,
    };

    drop(dial);

    let mut rest = Vec::new();
    in_time(stream.read_to_end(&mut rest)).await.unwrap();
}

#[tokio::test]
async fn an_end_without_close_notify_is_truncated() {
    let authority = Authority::new();
    for version in BOTH {
        let (mut connection, mut device) = pair(&authority.tls(), authority.device().server(version)).await;
        device.write_all(b"OK").await.unwrap();
        device.get_mut().0.shutdown().await.unwrap();

        let (answer, end) = read_to_end(&mut connection).await;
        assert_eq!((answer.as_slice(), end.unwrap()), (&b"OK"[..], Received::Truncated));
    }
}

#[tokio::test]
async fn half_close_is_close_notify_on_tls_1_3_and_unsaid_on_1_2() {
    let authority = Authority::new();
    for (version, said) in BOTH.into_iter().zip([HalfClose::Unsaid, HalfClose::Said]) {
        let (mut connection, mut device) = pair(&authority.tls(), authority.device().server(version)).await;
        in_time(connection.write_all(b"PING")).await.unwrap();
        assert_eq!(in_time(connection.half_close()).await.unwrap(), said);

        let mut request = vec![0; 4];
        in_time(device.read_exact(&mut request)).await.unwrap();
        if said == HalfClose::Said {
            assert_eq!(in_time(device.read_to_end(&mut request)).await.unwrap(), 0, "an end, and no truncation");
        }
        device.write_all(b"PONG").await.unwrap();

        let mut buffer = [0; 16];
        assert_eq!(in_time(connection.read(&mut buffer)).await.unwrap(), Received::Bytes(4));
    }
}

#[tokio::test]
async fn close_ends_tls_in_order_and_drop_does_not() {
    let authority = Authority::new();
    let (connection, mut device) = pair(&authority.tls(), authority.device().server(&TLS12)).await;
    connection.close();
    assert_eq!(in_time(device.read(&mut [0; 1])).await.unwrap(), 0);

    let (connection, mut device) = pair(&authority.tls(), authority.device().server(&TLS12)).await;
    drop(connection);
    assert_eq!(in_time(device.read(&mut [0; 1])).await.unwrap_err().kind(), ErrorKind::UnexpectedEof);
}

#[tokio::test]
async fn a_cut_write_tells_how_far_it_came() {
    let authority = Authority::new();
    let (mut connection, mut device) = pair(&authority.tls(), authority.device().server(&TLS13)).await;
    let message = vec![b'x'; 64 << 20];

    let cut = tokio::time::timeout(Duration::from_millis(100), connection.write_all(&message)).await;

    assert!(cut.is_err(), "the device does not read");
    let taken = connection.taken();
    assert!(taken > 0 && taken < message.len() as u64, "{taken}");
    connection.close();
    let mut received = Vec::new();
    let end = in_time(device.read_to_end(&mut received)).await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::UnexpectedEof, "no close_notify behind half a message");
    // Beyond what was counted there may be whole records of the last 64 KiB; of one that was cut nothing can be read.
    let (received, chunk, record) = (received.len() as u64, 64 << 10, 16 << 10);
    assert!(received + record >= taken && received <= taken + chunk, "{received} arrived, {taken} counted");
}

#[tokio::test]
async fn a_write_that_was_cut_goes_on_where_it_was() {
    let authority = Authority::new();
    for version in BOTH {
        let (mut connection, mut device) = pair(&authority.tls(), authority.device().server(version)).await;
        let message =
            (0..8_u32 << 20).map(|number| number.to_le_bytes()[usize::from(number % 2 == 1)]).collect::<Vec<_>>();
        let reader = async {
            let mut received = vec![0; message.len()];
            device.read_exact(&mut received).await.unwrap();
            received
        };
        let writer = async {
            while connection.taken() < message.len() as u64 {
                let from = usize::try_from(connection.taken()).unwrap();
                let write = connection.write_all(&message[from..]);
                let _ = tokio::time::timeout(Duration::from_millis(2), write).await;
            }
            in_time(connection.write_all(b"")).await.unwrap();
        };

        let (received, ()) = in_time(async { tokio::join!(reader, writer) }).await;

        assert!(received == message, "the bytes are those of the message, in order");
    }
}

#[tokio::test]
async fn files_are_checked_before_anything_is_dialled() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let client = ours.client();
    let certificate = ours.write("client.pem", &client.certificate_pem);
    let key = ours.write("client.key", &client.key.serialize_pem());
    let both = ours.write("both.pem", &(client.certificate_pem.clone() + &client.key.serialize_pem()));
    let other_key = theirs.write("other.key", &theirs.client().key.serialize_pem());
    let empty = ours.write("empty.pem", "");
    let broken = ours.write("broken.pem", "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n");
    let locked =
        ours.write("locked.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n");
    let missing = ours.write("x", "").with_file_name("missing.pem");
    let base = ours.trusted();
    let with = |certificate: &std::path::Path, key: Option<&std::path::Path>| TlsOptions {
        certificate: Some(certificate.to_owned()),
        key: key.map(ToOwned::to_owned),
        ..base.clone()
    };
    let error = |options: &TlsOptions| Tls::load(options).unwrap_err();

    Tls::load(&with(&certificate, Some(&key))).unwrap();
    Tls::load(&with(&both, None)).unwrap();
    let unreadable = error(&TlsOptions { ca: Some(missing.clone()), ..TlsOptions::default() });
    assert_eq!(unreadable.to_string(), format!("cannot read {}: no such file", missing.display()));
    let nothing = error(&TlsOptions { ca: Some(empty.clone()), ..TlsOptions::default() });
    assert_eq!(nothing, TlsConfigError::Missing { path: empty, wanted: "certificate" });
    assert!(matches!(
        error(&TlsOptions { ca: Some(broken), ..TlsOptions::default() }),
        TlsConfigError::BrokenPem { .. }
    ));
    assert_eq!(
        error(&with(&certificate, Some(&other_key))),
        TlsConfigError::KeyMismatch { key: other_key, certificate: certificate.clone() }
    );
    assert_eq!(error(&with(&certificate, Some(&locked))), TlsConfigError::EncryptedKey { path: locked });
    assert_eq!(error(&with(&certificate, None)), TlsConfigError::Missing { path: certificate, wanted: "private key" });
    let alone = TlsOptions { key: Some(key.clone()), ..base.clone() };
    assert_eq!(error(&alone), TlsConfigError::KeyWithoutCertificate { key });
    let unnamed = TlsOptions { server_name: Some("press 7".to_owned()), ..base.clone() };
    assert_eq!(error(&unnamed), TlsConfigError::BadServerName { name: "press 7".to_owned() });
}

#[tokio::test]
async fn a_name_is_asked_for_and_checked() {
    let authority = Authority::new();
    let (listener, address): (_, SocketAddr) = listen().await;
    let endpoint = wigwag_net::Endpoint::parse("localhost", Some(address.port())).unwrap();
    let dialer = secured(&authority.tls());
    let config = authority.issue(params_for("localhost")).server(&TLS13);

    let (connection, device) = tokio::join!(dial(&dialer, &endpoint), accept(&listener, config));

    connection.unwrap();
    assert_eq!(device.unwrap().get_ref().1.server_name(), Some("localhost"));
}
