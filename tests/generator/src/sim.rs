//! The application at work: minute by minute, attempts are answered, jobs run, people edit.

use crate::catalogue;
use crate::code::CodeBook;
use crate::config::Config;
use crate::customers;
use crate::guard::Guard;
use crate::model::{
    Attempt, AttemptResult, Campaign, CampaignIdx, ChangedBy, HashIdx, LedgerEntry, Micros, Purchase, Reason,
    Redemption, Source, Status, StatusChange,
};
use crate::queue::{Act, Actor, Edit, Queue, Try};
use crate::rng::{MINUTE, Rng};
use crate::truth::{Cluster, ClusterId, ClusterKind};
use crate::users::{UserIdx, Users};

/// What the simulation knows about a campaign beyond its row.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    /// Uses taken or reserved.
    pub claims: i32,
    /// Retries that a customer has in them when turned away.
    pub patience: u8,
    /// Times each customer sends the code again although it was taken.
    pub resubmissions: u8,
    /// An incident has it.
    pub taken: bool,
    /// Whether the discount was, or will be, edited within the history.
    pub repriced: bool,
    /// From this moment on the configuration is wrong, and failures of customers belong to this cluster.
    pub broken: Option<(i64, ClusterId)>,
    echo: Option<ClusterId>,
}

/// Customers of one campaign, on top of its share in ordinary traffic.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Demand {
    pub campaign: CampaignIdx,
    pub from: i64,
    pub until: i64,
    /// At the time of day at which the daily curve stands at `noted_at`.
    pub per_minute: f64,
    pub noted_at: f64,
    /// Share of customers who send the code again although it was taken.
    pub fidgety: f64,
}

/// The whole world.
#[derive(Debug)]
pub(crate) struct Sim<'a> {
    pub config: &'a Config,
    pub rng: Rng,
    pub begin: i64,
    pub end: i64,
    pub book: CodeBook,
    pub campaigns: Vec<Campaign>,
    pub live: Vec<Live>,
    pub users: Users,
    pub guard: Guard,
    pub queue: Queue,
    pub demands: Vec<Demand>,
    /// Spans in which no attempt is recorded.
    pub gaps: Vec<(i64, i64)>,
    pub clusters: Vec<Cluster>,
    pub attempts: Vec<Attempt>,
    pub labels: Vec<ClusterId>,
    pub redemptions: Vec<Redemption>,
    pub purchases: Vec<Purchase>,
    pub ledger: Vec<LedgerEntry>,
    pub status_changes: Vec<StatusChange>,
}

impl<'a> Sim<'a> {
    pub(crate) fn new(config: &'a Config) -> Self {
        let (begin, end) = (config.begin().0, config.end.0);
        let mut book = CodeBook::default();
        let campaigns = catalogue::campaigns(config, &mut Rng::new(config.seed, 1), &mut book);
        let live = Live {
            claims: 0,
            patience: 2,
            resubmissions: 0,
            taken: false,
            repriced: false,
            broken: None,
            echo: None,
        };
        Self {
            config,
            rng: Rng::new(config.seed, 2),
            begin,
            end,
            book,
            live: vec![live; campaigns.len()],
            users: Users::new(config.seed, begin, config.users),
            guard: Guard::new(campaigns.len()),
            queue: Queue::new(begin, end),
            demands: Vec::new(),
            gaps: Vec::new(),
            clusters: vec![Cluster { kind: ClusterKind::Background, campaign: None, incident: None }],
            attempts: Vec::new(),
            labels: Vec::new(),
            redemptions: Vec::new(),
            purchases: Vec::new(),
            ledger: Vec::new(),
            status_changes: Vec::new(),
            campaigns,
        }
    }

    pub(crate) fn run(&mut self) {
        let mut crowd = customers::Crowd::new(self);
        let minutes = ((self.end - self.begin) / MINUTE) as usize;
        for minute in 0..minutes {
            let start = self.begin + minute as i64 * MINUTE;
            self.queue.open(minute);
            crowd.arrive(self, start);
            while let Some((at, act)) = self.queue.pop() {
                self.happen(at, act);
            }
            self.jobs(minute + 1, start + MINUTE);
        }
    }

    pub(crate) fn campaign(&mut self, idx: CampaignIdx) -> &mut Campaign {
        &mut self.campaigns[idx.0 as usize]
    }

    pub(crate) fn live(&mut self, idx: CampaignIdx) -> &mut Live {
        &mut self.live[idx.0 as usize]
    }

    pub(crate) fn cluster(&mut self, cluster: Cluster) -> ClusterId {
        self.clusters.push(cluster);
        ClusterId(self.clusters.len() as u32 - 1)
    }

    fn happen(&mut self, at: i64, act: Act) {
        match act {
            Act::Try(attempt) => self.attempt(at, attempt),
            Act::Anonymous(code) => {
                self.record(
                    at,
                    None,
                    code,
                    AttemptResult::Invalid,
                    Reason::None,
                    Source::Api,
                    ClusterId::BACKGROUND,
                );
            }
            Act::Lapse(user, campaign) => {
                self.users.release(user, campaign);
                self.live(campaign).claims -= 1;
            }
            Act::Applied(campaign) => self.campaign(campaign).used_total += 1,
            Act::Resubmissions(campaign, times) => self.live(campaign).resubmissions = times,
            Act::Edit(campaign, edit) => self.edit(at, campaign, edit),
        }
    }

    fn edit(&mut self, at: i64, campaign: CampaignIdx, edit: Edit) {
        if let Edit::Status(to) = edit {
            self.change_status(campaign, to, at, ChangedBy::Admin);
            return;
        }
        let row = self.campaign(campaign);
        match edit {
            Edit::ValidUntil(until) => row.valid_until = until,
            Edit::NewUsersOnly => row.new_users_only = true,
            Edit::Scope(scope) => scope.clone_into(&mut row.target_scope),
            Edit::DiscountValue(value) => {
                row.discount_value = row.discount_value.map(|_| value);
                row.discount_percent = row.discount_percent.map(|_| value);
            }
            Edit::Touch | Edit::Status(_) => {}
        }
        row.updated_at = Micros(at);
    }

    /// A change of status, unless it is none; the row's `updated_at` moves with it.
    fn change_status(&mut self, campaign: CampaignIdx, to: Status, at: i64, by: ChangedBy) {
        let row = self.campaign(campaign);
        let from = row.status;
        if from == to {
            return;
        }
        row.status = to;
        row.updated_at = Micros(at);
        self.status_changes.push(StatusChange { campaign, from, to, at: Micros(at), by });
        self.guard.touch(campaign);
    }

    fn jobs(&mut self, minute: usize, now: i64) {
        for campaign in self.guard.run(now) {
            if self.campaigns[campaign.0 as usize].status == Status::Active {
                self.change_status(campaign, Status::Paused, now, ChangedBy::Guard);
            }
        }
        if !minute.is_multiple_of(10) {
            return;
        }
        for i in 0..self.campaigns.len() {
            let row = &self.campaigns[i];
            if row.status != Status::Active {
                continue;
            }
            let to = if row.valid_until.0 <= now {
                Status::Expired
            } else if row.max_total_uses.is_some_and(|max| row.used_total >= max) {
                Status::Depleted
            } else {
                continue;
            };
            self.change_status(CampaignIdx(i as u32), to, now, ChangedBy::Lifecycle);
        }
    }

    /// What the application answers to a user and a code at a moment.
    fn answer(&mut self, at: i64, user: UserIdx, code: HashIdx, source: Source) -> (AttemptResult, Reason) {
        use AttemptResult::{Accepted, Expired, Invalid, NotApplicable, RateLimited};
        if source != Source::Api && !self.users.admit(user, at) {
            return (RateLimited, Reason::None);
        }
        let Some(campaign) = self.book.campaign(code) else {
            return (Invalid, Reason::None);
        };
        let row = &self.campaigns[campaign.0 as usize];
        let claims = self.live[campaign.0 as usize].claims;
        let current = row.valid_from.0 <= at && at < row.valid_until.0;
        match row.status {
            Status::Paused | Status::Expired => return (Expired, Reason::None),
            Status::Active if !current => return (Expired, Reason::None),
            Status::Active | Status::Depleted => {}
        }
        if self.users.claims(user, campaign) >= row.max_uses_per_user {
            (NotApplicable, Reason::AlreadyUsed)
        } else if row.status == Status::Depleted || row.max_total_uses.is_some_and(|max| claims >= max) {
            (NotApplicable, Reason::Depleted)
        } else if row.new_users_only && !self.users.is_new(user, at) {
            (NotApplicable, Reason::NewUsersOnly)
        } else if row.first_purchase_only && self.users.has_bought(user) {
            (NotApplicable, Reason::FirstPurchaseOnly)
        } else {
            (Accepted, Reason::None)
        }
    }

    fn attempt(&mut self, at: i64, attempt: Try) {
        let (result, reason) = self.answer(at, attempt.user, attempt.code, attempt.source);
        let label = if attempt.cluster == ClusterId::BACKGROUND {
            self.explain(at, attempt.code, result, reason)
        } else {
            attempt.cluster
        };
        let user = self.users.id(attempt.user);
        self.record(at, Some(user), attempt.code, result, reason, attempt.source, label);
        let campaign = self.book.campaign(attempt.code);
        if let (AttemptResult::Accepted, Some(campaign)) = (result, campaign) {
            self.accept(at, attempt.user, campaign, attempt.actor);
        }
        if attempt.actor != Actor::Planned {
            customers::react(self, at, attempt, result, reason);
        }
    }

    /// The true cluster of a customer's attempt, told from the state of the campaign at the time.
    fn explain(&mut self, at: i64, code: HashIdx, result: AttemptResult, reason: Reason) -> ClusterId {
        let Some(campaign) = self.book.campaign(code) else {
            return ClusterId::BACKGROUND;
        };
        if !result.is_failure() {
            return ClusterId::BACKGROUND;
        }
        if self.campaigns[campaign.0 as usize].status == Status::Paused {
            if let Some(echo) = self.live[campaign.0 as usize].echo {
                return echo;
            }
            let echo = self.cluster(Cluster {
                kind: ClusterKind::PauseEcho,
                campaign: Some(campaign),
                incident: None,
            });
            self.live(campaign).echo = Some(echo);
            return echo;
        }
        let Some((since, cluster)) = self.live[campaign.0 as usize].broken else {
            return ClusterId::BACKGROUND;
        };
        // Where nobody can buy, coming back for the same discount is the visible part of the fault.
        let scope_unknown = !catalogue::scope_exists(&self.campaigns[campaign.0 as usize].target_scope);
        let explained = reason != Reason::AlreadyUsed || scope_unknown;
        if at >= since && explained { cluster } else { ClusterId::BACKGROUND }
    }

    #[allow(clippy::too_many_arguments, reason = "one argument a column of the attempts' table")]
    fn record(
        &mut self,
        at: i64,
        user: Option<crate::model::UserId>,
        code: HashIdx,
        result: AttemptResult,
        reason: Reason,
        source: Source,
        label: ClusterId,
    ) {
        if self.gaps.iter().any(|&(from, until)| from <= at && at < until) {
            return;
        }
        self.attempts.push(Attempt { at: Micros(at), user, code, result, source, reason });
        self.labels.push(label);
        if result.counts_for_guard()
            && let Some(campaign) = self.book.campaign(code)
        {
            self.guard.note(campaign, at, user);
        }
    }
}
