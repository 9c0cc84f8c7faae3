//! The procedural macros of nas-pack.

/// Lifecycle hooks.
#[proc_macro]
pub fn hooks(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    input
}
