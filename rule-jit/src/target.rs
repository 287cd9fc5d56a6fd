//! The host as a target of code generation, and the reason of each flag.

use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};

use crate::error::CompileError;

const FLAGS: &[(&str, &str)] = &[
    // Code is made once and run millions of times.
    ("opt_level", "speed"),
    // It costs half as much as the compilation; tests and debug builds pay.
    (
        "enable_verifier",
        if cfg!(debug_assertions) {
            "true"
        } else {
            "false"
        },
    ),
    // Code holds absolute addresses of the host's functions, and no relocations.
    ("is_pic", "false"),
    // Nothing unwinds through compiled code: host functions abort on panic.
    ("unwind_info", "false"),
    // Frames are a few words, far below a guard page.
    ("enable_probestack", "false"),
    // Rules never choose an address: slots and tables are fixed when they are lowered.
    ("enable_heap_access_spectre_mitigation", "false"),
    ("enable_table_access_spectre_mitigation", "false"),
];

/// The code generator of the machine that we run on.
pub(crate) fn host() -> Result<OwnedTargetIsa, CompileError> {
    if cfg!(target_endian = "big") {
        let problem = "slots are laid out for little-endian machines";
        return Err(CompileError::UnsupportedHost(problem.to_owned()));
    }
    let mut flags = settings::builder();
    for (name, value) in FLAGS {
        flags
            .set(name, value)
            .map_err(|error| CompileError::Generator(format!("flag `{name}`: {error}")))?;
    }
    let builder = cranelift_native::builder()
        .map_err(|problem| CompileError::UnsupportedHost(problem.to_owned()))?;
    builder
        .finish(settings::Flags::new(flags))
        .map_err(|error| CompileError::UnsupportedHost(error.to_string()))
}
