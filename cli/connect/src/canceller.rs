//! How to cancel what a session runs.

use postgres::{CancelToken, NoTls};
use postgres_openssl::MakeTlsConnector;

/// Cancels what a session runs, from another thread, encrypted where the session is.
#[derive(Clone)]
pub struct Canceller {
    pub(super) token: CancelToken,
    pub(super) tls: Option<MakeTlsConnector>,
}

impl Canceller {
    /// Asks the server to cancel; it does not say whether it did.
    pub fn cancel(self) -> Result<(), postgres::Error> {
        match self.tls {
            Some(tls) => self.token.cancel_query(tls),
            None => self.token.cancel_query(NoTls),
        }
    }
}
