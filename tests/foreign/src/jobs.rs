//! What changes a campaign's row: edits, the auto-pause job, lapsed reservations, and the job that ends campaigns.

use crate::app::{App, Edit, Event};
use promo_guard_habits::rng::{MINUTE, SECOND};
use promo_guard_habits::rows::{Actor, Change, Held, Status};

impl App {
    /// A reservation ends unless it was paid.
    pub(crate) fn lapse(&mut self, row: usize) {
        let redemption = &mut self.redemptions[row];
        if redemption.status == Held::Reserved {
            redemption.status = Held::Lapsed;
            self.reserved[redemption.campaign] -= 1;
            let (user, place) = (redemption.user, redemption.campaign);
            if let Some(used) = self.known.get_mut(&user).and_then(|known| known.used.get_mut(&place)) {
                *used -= 1;
            }
        }
    }

    pub(crate) fn edit(&mut self, at: i64, place: usize, edit: Edit, by: Actor) {
        let row = &mut self.campaigns[place];
        row.updated_at = at;
        match edit {
            Edit::To(to) => {
                if row.status == to || (to == Status::Active && row.status != Status::Paused) {
                    return;
                }
                row.status = to;
                self.changes.push(Change { campaign: place, to, at, by });
                self.wake_guard(at, place);
                self.at(at + 1, Event::Job(place));
            }
            Edit::From(from) => row.valid_from = from,
            Edit::Until(until) => {
                row.valid_until = until;
                self.at(until.max(at + 1), Event::Job(place));
            }
            Edit::Limit(limit) => {
                row.max_total_uses = Some(limit);
                self.at(at + 1, Event::Job(place));
            }
            Edit::LimitShare(share) => {
                row.max_total_uses = Some(((row.used_total as f64 * share) as i64).max(1));
                self.at(at + 1, Event::Job(place));
            }
            Edit::PerUser(most) => row.max_uses_per_user = most,
            Edit::NewOnly => row.new_users_only = true,
            Edit::FirstOnly => row.first_purchase_only = true,
            Edit::Scope(scope) => row.scope = scope,
            Edit::Name(name) => row.name = name,
        }
    }

    pub(crate) fn wake_guard(&mut self, at: i64, place: usize) {
        let recent = &mut self.failures[place];
        while recent.front().is_some_and(|&(then, _)| then < at - 10 * MINUTE) {
            recent.pop_front();
        }
        if recent.len() > 100 && !self.guarded[place] {
            self.guarded[place] = true;
            self.at(at, Event::Guard(place));
        }
    }

    pub(crate) fn guard(&mut self, at: i64, place: usize) {
        self.guarded[place] = false;
        let recent = self.failures[place].iter().filter(|(then, _)| *then >= at - 10 * MINUTE);
        let (count, first) = (recent.clone().count(), recent.clone().next().map(|(_, user)| *user));
        let several = recent.clone().any(|(_, user)| Some(*user) != first);
        if count <= 100 || !several || self.campaigns[place].status != Status::Active {
            return;
        }
        self.campaigns[place].status = Status::Paused;
        self.campaigns[place].updated_at = at;
        self.changes.push(Change { campaign: place, to: Status::Paused, at, by: Actor::Guard });
        let calm = self.calm.get(&place).map(|start| start - MINUTE);
        if calm.is_some_and(|calm| at > calm) {
            return;
        }
        let undone = at + self.rng.delay(2_400.0, 0.9) * SECOND;
        if calm.is_some() || self.rng.chance(0.8) {
            let person = Actor::Person(self.rng.below(self.manners.editors as usize) as u32);
            let undone = undone.min(calm.unwrap_or(undone)).max(at + SECOND);
            self.at(undone, Event::Edit(place, Edit::To(Status::Active), person));
        }
    }

    pub(crate) fn job(&mut self, at: i64, place: usize) {
        let row = &mut self.campaigns[place];
        if !self.manners.job || row.status != Status::Active {
            return;
        }
        let to = match () {
            () if at >= row.valid_until => Status::Expired,
            () if row.max_total_uses.is_some_and(|limit| row.used_total >= limit) => Status::Depleted,
            () => return,
        };
        row.status = to;
        row.updated_at = at;
        self.changes.push(Change { campaign: place, to, at, by: Actor::Job });
    }
}
