//! TLS: whom to trust, the session, and what went wrong in words.
//!
//! The client half drives rustls by hand, so that the driver knows which ciphertext the kernel took (the commit point) and
//! so that the same session can serve another driver later: it needs nothing but a non-blocking `Read + Write`. The device
//! half leaves that to tokio-rustls.

mod files;
#[cfg(feature = "dial")]
mod refusal;
mod server;
#[cfg(feature = "dial")]
mod session;
#[cfg(feature = "dial")]
mod settings;
#[cfg(feature = "dial")]
mod trust;
mod words;

pub use files::TlsConfigError;
#[cfg(feature = "dial")]
pub(crate) use refusal::{Refusal, refusal};
pub(crate) use server::in_words;
pub use server::{ServerTls, ServerTlsOptions, TlsVersion};
#[cfg(feature = "dial")]
pub use session::TlsFacts;
#[cfg(feature = "dial")]
pub(crate) use session::{HandshakeError, Session, Step};
#[cfg(feature = "dial")]
pub use settings::{Tls, TlsOptions};
