//! Every kind, staged.

mod abuse;
mod crowds;
mod devices;
mod faults;
mod guesses;
mod pauses;
mod swarm;

use crate::kind::Kind;
use crate::town::Town;

/// Lets an incident of this kind happen.
pub fn stage(town: &mut Town, kind: Kind) {
    match kind {
        Kind::TvSpot => crowds::tv_spot(town),
        Kind::LiveStream => crowds::live_stream(town),
        Kind::SchoolClass => crowds::school_class(town),
        Kind::ProductLaunch => crowds::product_launch(town),
        Kind::Influencer => crowds::influencer(town),
        Kind::CashbackPortal => crowds::cashback_portal(town),
        Kind::CouponExtension => devices::coupon_extension(town),
        Kind::StaffPerk => crowds::staff_perk(town),
        Kind::PushToRegulars => crowds::push_to_regulars(town),
        Kind::WinBack => crowds::win_back(town),
        Kind::FlashSale => crowds::flash_sale(town),
        Kind::DoubleSubmit => devices::double_submit(town),
        Kind::PaymentOutage => devices::payment_outage(town),
        Kind::ClockSkew => devices::clock_skew(town),
        Kind::EarlyBirds => crowds::early_birds(town),
        Kind::Misprint => crowds::misprint(town),
        Kind::OldCodeInBlog => crowds::old_code_in_blog(town),
        Kind::RetryLoop => devices::retry_loop(town),
        Kind::LinkPrefetch => devices::link_prefetch(town),
        Kind::BusyDay => crowds::busy_day(town),
        Kind::BatchMailing => guesses::batch(town, false),
        Kind::FreshFarm => abuse::fresh_farm(town),
        Kind::AgedFarm => abuse::aged_farm(town),
        Kind::TakenOver => abuse::taken_over(town),
        Kind::CouponSite => abuse::coupon_site(town),
        Kind::CodeHunters => abuse::code_hunters(town),
        Kind::StaffCodeShared => abuse::staff_code_shared(town),
        Kind::GuessersHit => guesses::guessers_hit(town),
        Kind::Resellers => abuse::resellers(town),
        Kind::CaptchaPace => guesses::captcha_pace(town),
        Kind::SlowDrip => abuse::slow_drip(town),
        Kind::SelfReferral => guesses::self_referral(town),
        Kind::LeakedBatch => guesses::batch(town, true),
        Kind::Hammer => guesses::hammer(town),
        Kind::Breadth => guesses::breadth(town),
        Kind::SaleSniped => abuse::sale_sniped(town),
        Kind::FarmInCrowd => abuse::farm_in_crowd(town),
        Kind::AttackOnFault => faults::attack_on_fault(town),
        Kind::EndTimeZone => faults::end_time_zone(town),
        Kind::UpsideDown => faults::upside_down(town),
        Kind::LimitLowered => faults::limit_lowered(town),
        Kind::LimitTooSmall => faults::limit_too_small(town),
        Kind::PerUserLowered => faults::per_user_lowered(town),
        Kind::FlagSet => faults::flag_set(town),
        Kind::FlagFromBirth => faults::flag_from_birth(town),
        Kind::ScopeRenamed => faults::scope_renamed(town),
        Kind::ProductGone => faults::product_gone(town),
        Kind::BeginMoved => faults::begin_moved(town),
        Kind::EndMistyped => faults::end_mistyped(town),
        Kind::Deliberate => pauses::deliberate(town),
        Kind::Rotated | Kind::Successor => pauses::rotated(town),
        Kind::Unexplained => pauses::unexplained(town),
        Kind::MassPause => pauses::mass_pause(town),
        Kind::DeployScript => pauses::deploy_script(town),
        Kind::NaturalEnd => pauses::natural_end(town),
        Kind::UsedUp => pauses::used_up(town),
        Kind::WindowPassed => pauses::window_passed(town),
        Kind::EchoRepause => pauses::echo_re_pause(town),
        // These come from what else happened in the shop.
        Kind::LeftPaused | Kind::Ordinary | Kind::SideTarget => {}
    }
}
