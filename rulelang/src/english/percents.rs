//! Shares of all users.

use super::Teller;
use super::layout::Told;
use super::values::quoted;

impl Teller<'_> {
    /// `among the 10 % of all users drawn by the lot 'june'`
    pub(super) fn percent(self, index: usize, holds: bool) -> Told {
        let Some(percent) = self.rule.percents.get(index) else {
            return Told::constant(false);
        };
        let not = if holds { "" } else { "not " };
        let (share, salt) = (percent.percent(), quoted(&percent.salt));
        Told::Plain(format!(
            "{not}among the {share} % of all users drawn by the lot {salt}"
        ))
    }
}
