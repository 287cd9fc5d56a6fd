//! A user as others see them.

use bytestring::ByteString;
use kit::wire::value_to_json;
use stores::{UserView, ViewMembership};

use crate::plan::Plan;
use crate::user::User;

/// The record of a user for the serving view.
pub(crate) fn user_view(id: &str, user: &User, plan: &Plan) -> UserView {
    let (state, rules) = (&user.state, &plan.rules);
    let mut fields = user.profile.fields();
    if state.exists() {
        let traits = rules.user_traits(state, plan.traits());
        let traits = traits.iter();
        fields.extend(traits.map(|(name, value)| (name.to_string(), value_to_json(value))));
    }
    let memberships = state.memberships().iter().filter_map(|member| {
        Some(ViewMembership {
            segment_id: plan.segment_id(member.segment)?.clone(),
            since: member.since,
            reason: ByteString::from_static(member.reason.name()),
        })
    });
    UserView {
        user_id: id.to_owned(),
        epoch: state.epoch(),
        rev: user.header.position,
        exists: state.exists(),
        fields,
        segments: memberships.collect(),
        consent: user.profile.agreements(),
        merged_into: user.header.merged_into.clone(),
        updated_at: state.now().unwrap_or_default(),
    }
}
