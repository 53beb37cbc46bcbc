//! Threads beside the one that the server knows.
//!
//! A backend has one thread, and nothing in the server is meant for two. What a helper does is core's alone: it sees none of the server's
//! functions (pgrx would end it with a panic if it did), its memory is the system's ([`memory`](crate::memory)), and no signal is
//! delivered to it, since the server's handlers are for its own thread. Helpers never outlive the call that they help.

use std::mem::MaybeUninit;
use std::ptr;

/// Calls what starts threads while every signal is held up; a thread has what its maker has, for as long as it lives.
pub fn start(start: &mut dyn FnMut()) {
    let (mut all, mut before) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: both are places for a set of signals, and each is read only after it was filled.
    let held = unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) == 0
    };
    // Where that cannot be done there is no helper, and all is done without.
    if held {
        // SAFETY: the call that filled it succeeded.
        let _until_the_end = HeldUp(unsafe { before.assume_init() });
        start();
    }
}

/// As long as this lives; then signals are what they were, and those that waited come.
struct HeldUp(libc::sigset_t);

impl Drop for HeldUp {
    fn drop(&mut self) {
        // SAFETY: the set is the one that was in force.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, ptr::null_mut()) };
    }
}
