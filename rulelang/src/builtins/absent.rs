//! Functions about NULL and choice, and now. The language itself computes them: they look at no
//! more arguments than they need, and take any type.

use super::{Builtin, Family, Kind, Meaning, Nulls, Parameter, Signature};
use crate::types::Type;

const X: Parameter = Parameter::new("x", Kind::Scalar);
const Y: Parameter = Parameter::new("y", Kind::Scalar);

pub(super) const FAMILY: Family = Family {
    title: "Absent values and choices",
    members: &[
        Builtin {
            name: "COALESCE",
            aliases: &["IFNULL"],
            signatures: &[Signature::new(&[X.repeated()], Kind::Scalar)],
            nulls: Nulls::Skipped,
            doc: "The first argument that is not NULL; NULL where all are. Lists too.",
            examples: &[
                ("COALESCE(NULL, 2, 3)", "2"),
                ("COALESCE(NULL, 'none')", "'none'"),
            ],
            meaning: Meaning::Form,
        },
        Builtin {
            name: "NULLIF",
            aliases: &[],
            signatures: &[Signature::new(&[X, Y], Kind::Scalar)],
            nulls: Nulls::Seen,
            doc: "NULL where both are equal, else the first.",
            examples: &[("NULLIF('', '')", "NULL"), ("NULLIF(7, 0)", "7")],
            meaning: Meaning::Form,
        },
        Builtin {
            name: "IF",
            aliases: &[],
            signatures: &[Signature::new(
                &[Parameter::new("condition", Kind::Is(Type::Bool)), X, Y],
                Kind::Scalar,
            )],
            nulls: Nulls::Seen,
            doc: "The second argument where the condition is TRUE, the third where it is FALSE or \
                  NULL. Lists too.",
            examples: &[("IF(1 < 2, 'yes', 'no')", "'yes'"), ("IF(NULL, 1, 2)", "2")],
            meaning: Meaning::Form,
        },
    ],
};
