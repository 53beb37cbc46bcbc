//! The kinds, each with what happened and why its truth is what it is.

/// What sort of thing a kind is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// People who mean no harm, and a sound campaign.
    Harmless,
    /// The code is abused.
    Abuse,
    /// The code is abused, and something else is going on as well.
    Mixed,
    /// The row keeps people out.
    Fault,
    /// A pause or an end without an incident.
    Pause,
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident $label:literal $group:ident,)+) => {
        /// A kind of incident, or of harmless event. Unless said otherwise the guard paused the campaign.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($(#[doc = $doc])+ $name,)+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its label.
            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)+ }
            }

            /// Its group.
            pub fn group(self) -> Group {
                match self { $(Self::$name => Group::$group,)+ }
            }
        }
    };
}

kinds! {
    /// A code is shown on television. Most who come are new, within minutes, and type it. The failures are second
    /// taps. A leak to ordinary people leaves the same rows: INCONCLUSIVE. Where earlier promotions of this shop
    /// brought as many new users, or somebody announced it, FALSE_POSITIVE is right.
    TvSpot "tv-spot" Harmless,
    /// A streamer repeats the code every few minutes: waves of typed codes, new users and regulars. As a TV spot.
    LiveStream "live-stream" Harmless,
    /// A class or a lecture redeems behind one address within minutes; a limiter may turn some away. Few people, at
    /// a person's pace, nothing else tried: no abuse. One client for all new accounts is also what a small farm looks
    /// like, so INCONCLUSIVE is accepted as well.
    SchoolClass "school-class" Harmless,
    /// A new code for a new product: the customers that the shop has always had, and some new. They buy more than usual.
    ProductLaunch "product-launch" Harmless,
    /// An influencer's followers, nearly all new, on a code made for them. As a TV spot: INCONCLUSIVE unless the
    /// shop's earlier promotions look alike.
    Influencer "influencer" Harmless,
    /// A cashback portal links to the code. A steady stream of clicks; the portal's page loads twice, which gives
    /// ALREADY_USED. They buy. Strangers who buy: INCONCLUSIVE as long as nobody says where they come from.
    CashbackPortal "cashback-portal" Harmless,
    /// A browser extension tries a list of codes for every customer at the checkout, at machine pace, and applies the
    /// best again, which gives ALREADY_USED. People buy at once. Trying other codes speaks for abuse, buying and a
    /// person behind each for harmless customers: INCONCLUSIVE, and FALSE_POSITIVE is accepted.
    CouponExtension "coupon-extension" Harmless,
    /// The monthly perk of the employees: the same known people as ever, all at the same minute, tapping twice.
    StaffPerk "staff-perk" Harmless,
    /// A push notification to regular customers. They are known, they come at once, tap twice and buy as usual:
    /// FALSE_POSITIVE. Where the history is too short to know them, INCONCLUSIVE.
    PushToRegulars "push-to-regulars" Harmless,
    /// A mail to customers who were silent for long. Accounts that wake up together are also what taken-over or aged
    /// accounts look like; that they buy as usual speaks for a mailing: INCONCLUSIVE, FALSE_POSITIVE accepted.
    WinBack "win-back" Harmless,
    /// A sale with a limit that runs out; the late get the answer "used up", which makes the guard pause. The row
    /// says it: the limit is reached. CONFIG_REGRESSION (raise the limit first), or an ordinary end. Where reservations
    /// held the limit and lapsed, there is room again: FALSE_POSITIVE is accepted.
    FlashSale "flash-sale" Harmless,
    /// A release of the app sends every request twice, for every code. Each failure comes within a second of the same
    /// user's own success, on other campaigns too: FALSE_POSITIVE.
    DoubleSubmit "double-submit-release" Harmless,
    /// Payment is down while a promotion runs. Nobody buys anything, with a code or without, until it is back; people
    /// enter the code again. The campaign is sound: FALSE_POSITIVE. In a shop that sells too little for the silence to
    /// be seen, a crowd that does not buy: INCONCLUSIVE.
    PaymentOutage "payment-outage" Harmless,
    /// One node's clock is behind. It answers EXPIRED (not begun) to its share of the people in the first minutes and
    /// writes down its own, earlier, time. The rows look like people who came before the beginning, by which the
    /// window explains each failure: FALSE_POSITIVE, CONFIG_REGRESSION accepted.
    ClockSkew "clock-skew" Harmless,
    /// The mail went out before the code begins. Everybody gets EXPIRED, the guard pauses, and the code never starts.
    /// No abuse. Once the beginning has passed nothing in the row is wrong: FALSE_POSITIVE; before it:
    /// CONFIG_REGRESSION. The other of the two is accepted.
    EarlyBirds "early-birds" Harmless,
    /// A misprint in a mailing: hundreds of regulars enter an unknown code. Nothing is paused, and the campaign that
    /// was meant is sound: HEALTHY.
    Misprint "misprint" Harmless,
    /// A blog repeats a code that ended long ago. Many EXPIRED, no success, the window says why: an ordinary end
    /// where the job closed it; where the guard paused it first, CONFIG_REGRESSION (the window) or HEALTHY.
    OldCodeInBlog "old-code-in-blog" Harmless,
    /// The front-end of two to six regular customers sends again and again after their own success. Few users, one
    /// code, a machine's pace, one sitting: a retry loop. FALSE_POSITIVE.
    RetryLoop "retry-loop" Harmless,
    /// Mail scanners open the link of each mail before its reader does. The reader gets ALREADY_USED after the
    /// scanner's success with the same account: FALSE_POSITIVE, as every failure follows the user's own success.
    LinkPrefetch "link-prefetch" Harmless,
    /// A busy day: several codes are used by known and new customers at once, and second taps pause some of them.
    BusyDay "busy-day" Harmless,
    /// Single-use codes of a batch are mailed to customers; each is used by one of them. Nothing is paused: HEALTHY.
    BatchMailing "batch-mailing" Harmless,

    /// A script with accounts made for the purpose. Which signs it leaves differs: a machine's pace, adjacent ids,
    /// one client, retries, other codes, no purchases. With two or more: ABUSE_LIKELY. With fewer it is a crowd of
    /// new users: INCONCLUSIVE.
    FreshFarm "fresh-farm" Abuse,
    /// As before with accounts made weeks ago, that did little or nothing since.
    AgedFarm "aged-farm" Abuse,
    /// Stolen accounts of real customers, chosen at random from the whole customer base. They try other codes too, at
    /// a machine's pace, and pay back or do not buy; the owners come later and get ALREADY_USED. A quiet thief who
    /// does none of this looks like a mailing: INCONCLUSIVE.
    TakenOver "taken-over-accounts" Abuse,
    /// A coupon site lists the code; ordinary strangers use it and buy as usual. The same rows as a promotion to new
    /// customers: INCONCLUSIVE.
    CouponSite "coupon-site-leak" Abuse,
    /// A coupon site lists the code among others; its readers try the others as well, by hand, before or after. That
    /// many of one code's takers also try codes that do not exist speaks for a list: ABUSE_LIKELY or INCONCLUSIVE.
    CodeHunters "code-hunters" Abuse,
    /// An employee passes on the staff code. Until now a few dozen of the same people; now hundreds of others within
    /// an hour or two. Somebody may have opened the code on purpose: INCONCLUSIVE, ABUSE_LIKELY accepted.
    StaffCodeShared "staff-code-shared" Abuse,
    /// A few accounts try hundreds of codes that do not exist, hit this one, and a swarm follows: ABUSE_LIKELY.
    GuessersHit "guessers-hit" Abuse,
    /// A few accounts use a code as often as it may be used, buy each time, and a script keeps trying after the limit.
    /// Using what is allowed is no proof; hundreds of scripted retries of few accounts are: ABUSE_LIKELY, or
    /// INCONCLUSIVE.
    Resellers "resellers" Abuse,
    /// Accounts that are refused keep trying every half a minute, as fast as a captcha is solved, evenly, for long:
    /// ABUSE_LIKELY.
    CaptchaPace "captcha-pace-retries" Abuse,
    /// A leak that grows over days. Ordinary strangers, no burst, often no pause. INCONCLUSIVE where the growth is
    /// plain, HEALTHY where it is not.
    SlowDrip "slow-drip-leak" Abuse,
    /// Customers refer themselves: refused as a known user, and a minute later a new account succeeds. With the
    /// client noted it is the same client: ABUSE_LIKELY. Without, a refusal followed by a stranger's success may be
    /// chance: INCONCLUSIVE.
    SelfReferral "self-referral" Abuse,
    /// A file of single-use codes is posted. Strangers take one each. A script that walks through the file leaves an
    /// even pace or the file's order: ABUSE_LIKELY. People who pick one leave the rows of a mailing: INCONCLUSIVE.
    LeakedBatch "leaked-batch" Abuse,
    /// A handful of fresh accounts sends bursts of parallel requests to get past the limit of uses, for several codes:
    /// ABUSE_LIKELY.
    Hammer "parallel-hammer" Abuse,
    /// Hundreds of fresh accounts try one or two codes each, most of which do not exist; those that hit share the
    /// code, and it is tried by all: ABUSE_LIKELY.
    Breadth "breadth-first" Abuse,

    /// Another campaign of the shop, which the attackers tried as well until the guard paused it. The trigger is theirs:
    /// ABUSE_LIKELY, or INCONCLUSIVE.
    SideTarget "side-target" Abuse,

    /// A farm takes a limited sale within seconds and lets it lapse or resells; people find it used up. Both the
    /// abuse and the reached limit are there: ABUSE_LIKELY, CONFIG_REGRESSION accepted if the farm's signs are few.
    SaleSniped "sale-sniped" Mixed,
    /// A promotion in which a farm hides: a third to a half of the crowd. ABUSE_LIKELY if the farm leaves signs.
    FarmInCrowd "farm-in-crowd" Mixed,
    /// An attack on a code that a wrong edit had already closed. ABUSE_LIKELY, as a repair of the row alone would open
    /// it to the attackers; CONFIG_REGRESSION accepted as second.
    AttackOnFault "attack-on-fault" Mixed,

    /// The last day was saved in UTC: the code ended hours before the shop's day, in the middle of the last rush. The
    /// row names it: CONFIG_REGRESSION. That it was meant to end there fits too: HEALTHY accepted.
    EndTimeZone "end-time-zone" Fault,
    /// It ends before it begins, so nobody was ever accepted: CONFIG_REGRESSION.
    UpsideDown "ends-before-begin" Fault,
    /// Somebody lowered the limit below what was used: CONFIG_REGRESSION.
    LimitLowered "limit-lowered" Fault,
    /// The limit lacks a zero: used up within a minute of the mailing. CONFIG_REGRESSION, or an ordinary end.
    LimitTooSmall "limit-too-small" Fault,
    /// Somebody lowered the uses per user; those who used to come back get ALREADY_USED though they were accepted more
    /// often before: CONFIG_REGRESSION.
    PerUserLowered "per-user-lowered" Fault,
    /// Somebody set an audience flag; regulars, accepted until then, are refused: CONFIG_REGRESSION. Where nobody
    /// like them was accepted before and no reason is noted, INCONCLUSIVE is all that can be known.
    FlagSet "audience-flag-set" Fault,
    /// A code for regulars was made with the flag for new users: nearly all are refused from the first minute. The
    /// flag explains each failure, yet may be meant: CONFIG_REGRESSION, FALSE_POSITIVE or INCONCLUSIVE accepted.
    FlagFromBirth "audience-flag-from-birth" Fault,
    /// The scope was renamed: accepted as ever, not one purchase with the code since, and people enter it again:
    /// CONFIG_REGRESSION.
    ScopeRenamed "scope-renamed" Fault,
    /// The product that the code is for is not sold any more: not one purchase of it, with the code or without:
    /// CONFIG_REGRESSION; with too few purchases of it to tell, INCONCLUSIVE.
    ProductGone "product-gone" Fault,
    /// Somebody moved the beginning into the future: CONFIG_REGRESSION.
    BeginMoved "begin-moved" Fault,
    /// Somebody mistyped the end, into the past: CONFIG_REGRESSION.
    EndMistyped "end-mistyped" Fault,

    /// Paused through us, with a reason. INCONCLUSIVE (a decision); where the reason speaks of a leak, ABUSE_LIKELY
    /// accepted. Not to be undone.
    Deliberate "deliberate-pause" Pause,
    /// A leaked code that was rotated through us. INCONCLUSIVE or ABUSE_LIKELY; never let go.
    Rotated "rotated" Pause,
    /// The successor of a rotated code, paused by design until its holders have it. Nothing is wrong: FALSE_POSITIVE.
    Successor "successor" Pause,
    /// Paused; no failures, no record. INCONCLUSIVE.
    Unexplained "unexplained-pause" Pause,
    /// Somebody paused many campaigns at one moment: INCONCLUSIVE, each.
    MassPause "mass-pause" Pause,
    /// A deploy script paused one or two, at a full minute, and failures follow because they are paused:
    /// INCONCLUSIVE.
    DeployScript "deploy-script" Pause,
    /// Ended as planned, closed by the job, some latecomers: HEALTHY.
    NaturalEnd "natural-end" Pause,
    /// Used up as planned, closed by the job, some latecomers: HEALTHY.
    UsedUp "used-up" Pause,
    /// The guard paused it days ago after second taps, and its window has passed since. Not to be unpaused without a
    /// new window: CONFIG_REGRESSION, INCONCLUSIVE accepted.
    WindowPassed "window-passed-since" Pause,
    /// The guard paused a sound code, an operator let it go, and the failures that the pause had caused made the guard
    /// pause it again within a minute: FALSE_POSITIVE.
    EchoRepause "echo-re-pause" Pause,
    /// The guard paused it at an earlier promotion and nobody let it go again: FALSE_POSITIVE or INCONCLUSIVE.
    LeftPaused "left-paused" Pause,
    /// Many failures on a code that is neither paused nor part of an incident: HEALTHY.
    Ordinary "ordinary" Pause,
}
