//! TLS over a socket of our own: whom to trust, the session, and what went wrong in words.
//!
//! rustls is driven by hand, so that the driver knows which ciphertext the kernel took (the commit point) and so that
//! the same session can serve another driver later: it needs nothing but a non-blocking `Read + Write`.

mod session;
mod settings;
mod trust;
mod words;

pub use session::TlsFacts;
pub(crate) use session::{HandshakeError, Session, Step};
pub use settings::{Tls, TlsConfigError, TlsOptions};
pub(crate) use words::{Refusal, refusal};
