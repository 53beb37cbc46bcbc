//! Runbook section 3: containment.

mod pause;
