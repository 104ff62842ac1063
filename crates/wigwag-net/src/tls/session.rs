//! One TLS session over a non-blocking socket, with an exact account of what the kernel took.
//!
//! ```text
//!   message ──writer()──> rustls: ciphertext ──write_tls──> kernel
//!             `ahead` bytes are here            counted here
//! ```
//!
//! Ciphertext can come to lie in rustls before the kernel takes any of it. So a message's bytes count as taken only when
//! their ciphertext has left; as soon as a first byte of it has left, at least one does.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;

use rustls::client::ClientConnection;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ProtocolVersion};

use super::refusal;
use crate::connection::Received;

/// What was agreed on in a handshake. No ALPN is offered, so none is ever agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFacts<'a> {
    /// "TLS 1.2" or "TLS 1.3".
    pub version: &'static str,
    /// The IANA name of the cipher suite.
    pub cipher_suite: &'static str,
    /// The device's certificate and those it sent along, in DER.
    pub certificates: Vec<&'a [u8]>,
}

/// A client's session.
#[derive(Debug)]
pub(crate) struct Session {
    tls: ClientConnection,
    /// Bytes at the front of what the caller still has to write that are encrypted already.
    ahead: usize,
    /// Of those encrypted last, one was reported before all had left.
    reported_early: bool,
    /// What ended the session; told once all that came before it has been read.
    broken: Option<rustls::Error>,
    closing: bool,
}

/// What a handshake waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Done,
    Readable,
    Writable,
}

/// Why a handshake failed.
#[derive(Debug)]
pub(crate) enum HandshakeError {
    Tls(rustls::Error),
    Io(io::Error),
    /// The device closed the connection.
    Closed,
}

impl Session {
    pub(crate) fn new(config: Arc<ClientConfig>, name: ServerName<'static>) -> Result<Self, rustls::Error> {
        let tls = ClientConnection::new(config, name)?;
        Ok(Self { tls, ahead: 0, reported_early: false, broken: None, closing: false })
    }

    pub(crate) fn facts(&self) -> TlsFacts<'_> {
        TlsFacts {
            version: if self.is_tls13() { "TLS 1.3" } else { "TLS 1.2" },
            cipher_suite: self.tls.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).unwrap_or(""),
            certificates: self.tls.peer_certificates().unwrap_or_default().iter().map(AsRef::as_ref).collect(),
        }
    }

    pub(crate) fn is_tls13(&self) -> bool {
        self.tls.protocol_version() == Some(ProtocolVersion::TLSv1_3)
    }

    /// Goes as far in the handshake as the kernel lets it. `Done` means that our last flight has left, too.
    pub(crate) fn handshake(&mut self, kernel: &mut (impl Read + Write)) -> Result<Step, HandshakeError> {
        loop {
            while self.tls.wants_write() {
                match self.tls.write_tls(kernel) {
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Step::Writable),
                    Err(error) => return Err(self.refusal_or(error, kernel)),
                }
            }
            if !self.tls.is_handshaking() {
                return Ok(Step::Done);
            }
            match self.tls.read_tls(kernel) {
                Ok(0) => return Err(HandshakeError::Closed),
                Ok(_) => self.process(kernel).map_err(HandshakeError::Tls)?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Step::Readable),
                Err(error) => return Err(HandshakeError::Io(error)),
            }
        }
    }

    /// Gives the kernel what it takes now of `bytes`, in one call up to 64 KiB; 0 if it takes nothing. What was not
    /// taken must stand at the front of the next call's `bytes`, since some of it is encrypted already.
    pub(crate) fn write(&mut self, kernel: &mut (impl Read + Write), bytes: &[u8]) -> io::Result<usize> {
        if self.closing {
            return Err(ErrorKind::BrokenPipe.into());
        }
        if self.ahead == 0 {
            // What is not of this message leaves first, or it could not be told from it.
            if !self.flush(kernel)? {
                return Ok(0);
            }
            self.ahead = self.tls.writer().write(bytes).map_err(in_words)?;
            self.reported_early = false;
        }
        debug_assert!(self.ahead <= bytes.len(), "encrypted bytes are offered again");
        loop {
            match self.tls.write_tls(kernel) {
                Ok(_) if !self.tls.wants_write() => return Ok(std::mem::take(&mut self.ahead)),
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(_) if !self.reported_early => {
                    self.reported_early = true;
                    self.ahead -= 1;
                    return Ok(1);
                }
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
                Err(error) => return Err(self.alert_or(error, kernel)),
            }
        }
    }

    /// What can be read now; nothing if the device has sent nothing more.
    pub(crate) fn read(&mut self, kernel: &mut (impl Read + Write), buffer: &mut [u8]) -> io::Result<Option<Received>> {
        loop {
            match self.tls.reader().read(buffer) {
                Ok(0) => return Ok(Some(Received::End)),
                Ok(count) => return Ok(Some(Received::Bytes(count))),
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(Some(Received::Truncated)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(in_words(error)),
            }
            if let Some(error) = &self.broken {
                return Err(as_io(error));
            }
            match self.tls.read_tls(kernel) {
                Ok(_) => self.absorb(kernel),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(in_words(error)),
            }
        }
    }

    /// Whether [`Session::flush`] has something to do.
    pub(crate) fn has_leftovers(&self) -> bool {
        self.ahead == 0 && self.tls.wants_write()
    }

    /// Gives the kernel what is not of an uncounted message: answers to key updates, alerts, the tail of a message whose
    /// bytes have all been counted. Tells whether all of it has left.
    pub(crate) fn flush(&mut self, kernel: &mut (impl Read + Write)) -> io::Result<bool> {
        while self.has_leftovers() {
            match self.tls.write_tls(kernel) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(self.alert_or(error, kernel)),
            }
        }
        Ok(self.ahead == 0)
    }

    /// Queues `close_notify` behind all that was written, once. [`Session::flush`] sends it.
    pub(crate) fn queue_close_notify(&mut self) {
        if !self.closing {
            self.closing = true;
            self.tls.send_close_notify();
        }
    }

    fn absorb(&mut self, kernel: &mut (impl Read + Write)) {
        if let Err(error) = self.process(kernel) {
            self.broken = Some(error);
        }
    }

    fn process(&mut self, kernel: &mut (impl Read + Write)) -> Result<(), rustls::Error> {
        let processed = self.tls.process_new_packets();
        // An alert of ours, or the answer to a key update. If it cannot leave now, a later call sees to it.
        let _ = self.flush_quietly(kernel);
        processed.map(|_| ())
    }

    fn flush_quietly(&mut self, kernel: &mut (impl Read + Write)) -> io::Result<()> {
        while self.has_leftovers() && self.tls.write_tls(kernel)? > 0 {}
        Ok(())
    }

    /// A device that refuses us says so in an alert and then closes: our write fails, while the reason lies in the
    /// receive buffer.
    fn alert_or(&mut self, error: io::Error, kernel: &mut (impl Read + Write)) -> io::Error {
        if self.broken.is_none() && self.tls.wants_read() && self.tls.read_tls(kernel).is_ok() {
            self.broken = self.tls.process_new_packets().err();
        }
        self.broken.as_ref().map_or(error, as_io)
    }

    fn refusal_or(&mut self, error: io::Error, kernel: &mut (impl Read + Write)) -> HandshakeError {
        match self.tls.read_tls(kernel) {
            Ok(0) => HandshakeError::Closed,
            Ok(_) => match self.tls.process_new_packets() {
                Err(refusal) => HandshakeError::Tls(refusal),
                Ok(_) => HandshakeError::Io(error),
            },
            Err(_) => HandshakeError::Io(error),
        }
    }
}

/// rustls says again what has ended a session when it is asked for more.
fn in_words(error: io::Error) -> io::Error {
    error.get_ref().and_then(|inner| inner.downcast_ref()).map(as_io).unwrap_or(error)
}

/// An alert is the device's way to reset a session; anything else is nonsense on the line.
fn as_io(error: &rustls::Error) -> io::Error {
    let kind = match error {
        rustls::Error::AlertReceived(_) => ErrorKind::ConnectionReset,
        _ => ErrorKind::InvalidData,
    };
    io::Error::new(kind, refusal::broken(error))
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use rustls::ServerConfig;
    use rustls::ServerConnection;
    use rustls::pki_types::PrivateKeyDer;

    use super::*;
    use crate::endpoint::Host;
    use crate::tls::{Tls, TlsOptions};

    /// A kernel with so much room for what we write.
    #[derive(Default)]
    struct Kernel {
        room: usize,
        written: Vec<u8>,
        readable: VecDeque<u8>,
    }

    impl Read for Kernel {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.readable.is_empty() {
                return Err(ErrorKind::WouldBlock.into());
            }
            self.readable.read(buffer)
        }
    }

    impl Write for Kernel {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = bytes.len().min(self.room);
            if count == 0 {
                return Err(ErrorKind::WouldBlock.into());
            }
            self.room -= count;
            self.written.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A session that has shaken hands, on a kernel without room.
    fn agreed() -> (Session, Kernel, ServerConnection) {
        let identity = rcgen::generate_simple_self_signed(["press-7".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(identity.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![identity.cert.der().clone()], key)
            .unwrap();
        let mut device = ServerConnection::new(Arc::new(config)).unwrap();
        let tls = Tls::load(&TlsOptions { insecure: true, ..TlsOptions::default() }).unwrap();
        let name = tls.name_for(&Host::Name("press-7".to_owned())).unwrap();
        let mut session = Session::new(tls.config().clone(), name).unwrap();
        let mut kernel = Kernel { room: usize::MAX, ..Kernel::default() };
        while session.handshake(&mut kernel).unwrap() != Step::Done {
            deliver(&mut kernel, &mut device);
            device.write_tls(&mut kernel.readable).unwrap();
        }
        deliver(&mut kernel, &mut device);
        kernel.room = 0;
        (session, kernel, device)
    }

    /// What the device has been able to read by now.
    fn deliver(kernel: &mut Kernel, device: &mut ServerConnection) -> Vec<u8> {
        let written = std::mem::take(&mut kernel.written);
        let mut rest = written.as_slice();
        let mut plain = Vec::new();
        while !rest.is_empty() {
            device.read_tls(&mut rest).unwrap();
            device.process_new_packets().unwrap();
            let _ = device.reader().read_to_end(&mut plain);
        }
        plain
    }

    #[test]
    fn no_ciphertext_no_count() {
        let (mut session, mut kernel, mut device) = agreed();

        assert_eq!(session.write(&mut kernel, b"PING").unwrap(), 0);
        // Neither reading nor closing may push out what has not been counted.
        kernel.room = usize::MAX;
        assert_eq!(session.read(&mut kernel, &mut [0; 16]).unwrap(), None);
        assert!(!session.flush(&mut kernel).unwrap());
        assert_eq!(kernel.written, b"");

        assert_eq!(session.write(&mut kernel, b"PING").unwrap(), 4);
        assert_eq!(deliver(&mut kernel, &mut device), b"PING");
    }

    #[test]
    fn the_first_byte_of_ciphertext_counts() {
        let (mut session, mut kernel, mut device) = agreed();

        kernel.room = 1;
        assert_eq!(session.write(&mut kernel, b"PING").unwrap(), 1);
        assert_eq!(session.write(&mut kernel, b"ING").unwrap(), 0);
        kernel.room = 5;
        assert_eq!(session.write(&mut kernel, b"ING").unwrap(), 0);
        kernel.room = usize::MAX;
        assert_eq!(session.write(&mut kernel, b"ING").unwrap(), 3);

        assert_eq!(deliver(&mut kernel, &mut device), b"PING");
    }

    #[test]
    fn the_tail_of_a_counted_message_is_flushed_later() {
        let (mut session, mut kernel, mut device) = agreed();

        kernel.room = 1;
        assert_eq!(session.write(&mut kernel, b"?").unwrap(), 1);
        assert!(session.has_leftovers());
        kernel.room = usize::MAX;
        assert!(session.flush(&mut kernel).unwrap());

        assert_eq!(deliver(&mut kernel, &mut device), b"?");
    }

    #[test]
    fn a_long_message_leaves_in_chunks_and_is_counted_whole() {
        let (mut session, mut kernel, mut device) = agreed();
        let message = (0..200_000_u32).map(|number| number.to_le_bytes()[0]).collect::<Vec<_>>();
        let (mut taken, mut received) = (0, Vec::new());

        while taken < message.len() {
            kernel.room = 10_007;
            taken += session.write(&mut kernel, &message[taken..]).unwrap();
            received.extend(deliver(&mut kernel, &mut device));
            assert!(received.len() <= taken + (64 << 10), "{} of {taken}", received.len());
        }

        assert!(received == message);
    }

    #[test]
    fn what_came_before_an_alert_is_read_before_it() {
        let (mut session, mut kernel, mut device) = agreed();
        device.writer().write_all(b"busy").unwrap();
        device.write_tls(&mut kernel.readable).unwrap();
        // A record that cannot be decrypted.
        kernel.readable.extend([23, 3, 3, 0, 17]);
        kernel.readable.extend([0; 17]);

        let mut buffer = [0; 16];
        assert_eq!(session.read(&mut kernel, &mut buffer).unwrap(), Some(Received::Bytes(4)));
        let error = session.read(&mut kernel, &mut buffer).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    }
}
