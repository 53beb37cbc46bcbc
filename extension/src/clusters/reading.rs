//! One reading of a window of attempts, which everything that is said of the window shares.

use super::campaigns::{Tried, tried};
use super::picture::{Which, picture};
use crate::app::App;
use crate::failure::Answer;
use crate::window::Window;
use promo_guard_core::clusters::Picture;
use promo_guard_core::policy::Policy;

/// The attempts of a window and the campaigns whose codes were tried in it.
pub struct Reading {
    /// The application.
    pub app: App,
    /// The policy in force.
    pub policy: Policy,
    /// The window.
    pub window: Window,
    /// Its attempts.
    pub picture: Picture,
    /// The campaigns of their codes.
    pub tried: Vec<Tried>,
}

impl Reading {
    /// Reads the window.
    ///
    /// # Errors
    /// As [`App::read`].
    pub fn new(app: App, policy: Policy, window: Window) -> Answer<Self> {
        let picture = picture(&app, &policy, window, Which::All)?;
        let tried = tried(&app, &picture)?;
        Ok(Self { app, policy, window, picture, tried })
    }
}
