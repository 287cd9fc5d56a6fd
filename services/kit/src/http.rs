//! HTTP as every service speaks it: what stands around its routes, and what its handlers are
//! written with.
//!
//! An [`Api`] is a service's routes and what each of them is. [`service`] puts its document, health,
//! metrics, limits, logs and traces around them, and a [`Guard`] before them; [`serve`] serves them.
//! Handlers take [`Json`], [`Query`] and [`Path`] and answer [`Json`] or a [`Problem`], so that every
//! refusal is one document with a place and a way out. INVARIANT: no body is read without a limit on its
//! bytes, decompressed ones included, and on its time.

mod actuator;
mod api;
mod body;
mod caller;
mod etag;
mod guard;
mod json;
mod limits;
mod observe;
mod openapi;
mod operation;
mod page;
mod parameters;
mod problem;
mod rate_limits;
mod request_key;
mod serve;
mod service;
mod span;

pub use api::Api;
pub use body::{Body, BodyLimit};
pub use caller::{Caller, KeyRefusal, Keys, bearer};
pub use etag::{etag, if_match};
pub use guard::Guard;
pub use json::{Json, body_text, parse_json, read_json};
pub use limits::Limits;
pub use operation::{Operation, Route};
pub use page::{Cursor, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, Page, PageInfo, PageQuery};
pub use parameters::{Path, Query};
pub use problem::{Fault, Problem};
pub use rate_limits::{RateLimits, Rates, Throttle, Window};
pub use request_key::{IDEMPOTENCY_KEY_BYTES_MAX, RequestKey};
pub use serve::serve;
pub use service::{ServiceInfo, service};
